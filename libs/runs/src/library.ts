/**
 * The library for Node.js alone: run folders and task files.
 *
 * @module memnet/node
 */

import { existsSync, readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { hashOf } from "@memnet/protocol";
import { importTask } from "@memnet/service/task-file";
import {
  type LoadOptions,
  loadModel,
  type Model,
  type Recorder,
  type Task,
  type TaskSettings,
  type TrainSettings,
} from "memnet";
import { checkpointPath, pathsIn, stepsOf } from "./paths.ts";
import { recorder } from "./recorder.ts";

/** Where a run is recorded. */
export interface RecordOptions {
  /** The runs folder; `runs` in the working folder by default. */
  readonly runsDir?: string;
  /** The run's name; MACHINE_TIMESTAMP by default. */
  readonly run?: string;
}

/**
 * Records a run of `train({ recorder: recordRun() })` in a folder of its own, as `memnet train` does: config.json,
 * metrics.jsonl, checkpoints and best.safetensors. The page, `memnet runs`, `report`, `test` and `verify` read it.
 * Training fails with a RangeError if the folder exists, or if it resumes from a checkpoint (`from`).
 */
export function recordRun({ runsDir = "runs", run }: RecordOptions = {}): Recorder {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  const platform = `${process.platform}-${process.arch}`;
  return recorder({
    root: runsDir,
    run,
    versions: { memnet: version, node: process.versions.node, platform },
  });
}

/**
 * Loads the best model of a run's folder; the newest if none was measured.
 *
 * @param folder such as `runs/mine`
 * @throws RangeError if the folder has no checkpoint, or it is damaged
 */
export async function loadRun(folder: string, options?: LoadOptions): Promise<Model> {
  const paths = pathsIn(folder);
  if (existsSync(paths.best)) return loadModel(await readFile(paths.best), options);
  const names = existsSync(paths.checkpoints) ? await readdir(paths.checkpoints) : [];
  const newest = stepsOf(names).at(-1);
  if (newest === undefined)
    throw new RangeError(`Cannot load a model: ${resolve(folder)} must hold a checkpoint`);
  return loadModel(await readFile(checkpointPath(paths, newest)), options);
}

/** A task from a file, with the settings that name the file in a run's record. */
export interface LoadedTask {
  /** The file's task. */
  readonly task: Task;
  /** The task's name, the file's path and its SHA-256. */
  readonly settings: TrainSettings<TaskSettings>;
}

/**
 * Loads a task that a file exports as `task`, in TypeScript or JavaScript: `train({ ...(await loadTask("./mine.ts")) })`.
 *
 * @throws RangeError if the file cannot be loaded, TaskError if it exports no task
 */
export async function loadTask(file: string): Promise<LoadedTask> {
  const path = resolve(file);
  if (!existsSync(path)) throw new RangeError(`Cannot load the task file ${path}: it must exist`);
  const sha256 = hashOf(await readFile(path));
  const task = await importTask(path, sha256);
  return { task, settings: { task: { name: task.name, sha256 }, taskFile: path } };
}
