/** A run's task: one that memnet brings, or a user's own file, named by path and SHA-256 and never sent. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { hashOf } from "@memnet/protocol";
import { builtInTask, type Task, type TaskSettings, taskOf } from "memnet";
import { tryTaskFile } from "./task-trial.ts";

/** A task as a training configuration names it; `sha256` is of the file where the task is a user's own. */
export interface TaskReference {
  readonly name: string;
  readonly sha256?: string | undefined;
}

/** A task that was loaded from this file, and its SHA-256. */
export interface LoadedTaskFile {
  readonly task: Task;
  readonly sha256: string;
  /** From the root. */
  readonly path: string;
}

/** Of each task that was loaded: a file that was changed since may come back as it was, from the module cache. */
const loadedHashes = new WeakMap<Task, string>();

/** Once in a thread. */
let loader: Promise<unknown> | undefined;

/**
 * The task of a run; a user's own is tried first.
 *
 * @param file     where a user's own task is, seen from the working folder
 * @param settings those of the run; without them, the task's own
 * @throws RangeError where the file is missing, another one, or of another name; TaskError where it is no task
 */
export async function loadTask(
  reference: TaskReference,
  file: string | null,
  settings?: TaskSettings,
): Promise<Task> {
  const { name, sha256 } = reference;
  if (sha256 === undefined) return builtInTask(name);
  if (file === null)
    throw new RangeError(`Cannot load task ${name}: it is a user's own, and no file was named`);
  const got = hashOfFile(file);
  if (got !== sha256) {
    throw new RangeError(`Cannot load task ${name}: ${file} must have the SHA-256 ${sha256}, got ${got}`);
  }
  const { task } = await readTaskFile(file, settings);
  if (task.name !== name) throw new RangeError(`Cannot load task ${name}: ${file} is named ${task.name}`);
  return task;
}

/**
 * A user's own task file, which is tried first, since it may be anything.
 *
 * @param settings those of the run; without them, the task's own
 * @throws RangeError where it cannot be read or was changed since this process loaded it, TaskError where it is no task
 */
export async function readTaskFile(file: string, settings?: TaskSettings): Promise<LoadedTaskFile> {
  const path = resolve(file);
  const sha256 = hashOfFile(path);
  await tryTaskFile(path, sha256, { settings });
  const task = await importTask(path, sha256);
  const loaded = loadedHashes.get(task) ?? sha256;
  if (loaded !== sha256) {
    throw new RangeError(
      `Cannot load the task file ${path}: this process must be started anew for it, since it has loaded it before with ` +
        `the SHA-256 ${loaded}, got ${sha256}`,
    );
  }
  loadedHashes.set(task, sha256);
  return { task, sha256, path };
}

/**
 * The task that the file exports, in this thread and untried.
 *
 * @throws RangeError where the file cannot be loaded, TaskError where it is no task
 */
export async function importTask(path: string, sha256: string): Promise<Task> {
  await loadsTypeScript();
  let module: Record<string, unknown>;
  try {
    // By content: to ES modules a file that was changed is another one. CommonJS knows it by its path alone.
    module = await import(`${pathToFileURL(path).href}?sha256=${sha256}`);
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new RangeError(`Cannot load the task file ${path}: ${why}`, { cause });
  }
  // In a folder that is no module, the file's exports lie in `default`.
  return taskOf("task" in module ? module : ((module.default ?? {}) as typeof module), path);
}

/** @throws RangeError where it cannot be read */
function hashOfFile(file: string): string {
  const path = resolve(file);
  try {
    return hashOf(readFileSync(path));
  } catch (cause) {
    throw new RangeError(`Cannot load the task file ${path}: it must be a file that can be read here`, {
      cause,
    });
  }
}

/** A bundle has no loader for TypeScript, which a user's file may be or import; sources were loaded by one. */
export async function loadsTypeScript(): Promise<void> {
  if (import.meta.url.endsWith(".ts")) return;
  loader ??= Promise.all([
    import("tsx/esm/api").then(({ register }) => register()),
    import("tsx/cjs/api").then(({ register }) => register()),
  ]);
  await loader;
}
