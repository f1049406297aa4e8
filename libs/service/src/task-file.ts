/** Loads a run's task: a built-in one, or a user's own file, which is identified by path and SHA-256 and never sent. */

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { hashOf } from "@memnet/protocol";
import { builtInTask, type Task, type TaskSettings, taskOf } from "memnet";
import { type Language, tryTaskFile } from "./task-trial.ts";

/** A task as a training configuration names it. `sha256` is set only for a user's own task, and is that of its file. */
export interface TaskReference {
  readonly name: string;
  readonly sha256?: string | undefined;
}

/** A task loaded from a file, and the file's SHA-256. */
export interface LoadedTaskFile {
  readonly task: Task;
  readonly sha256: string;
  /** The absolute path. */
  readonly path: string;
}

/**
 * The hash each task was first loaded with. The module cache may return the old task for a file that has changed since.
 */
const loadedHashes = new WeakMap<Task, string>();

/** Set once per thread. */
let loader: Promise<unknown> | undefined;

/**
 * Loads a run's task. A user's own task is tried in a thread of its own first.
 *
 * @param file     the path of a user's own task, relative to the working folder
 * @param settings the run's settings; the task's own by default
 * @throws RangeError if the file is missing, has another hash or holds a task of another name; TaskError if it does not
 *         hold a valid task
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
 * Loads a user's own task file, after trying it in a thread of its own, since it may contain any code.
 *
 * @param settings the run's settings; the task's own by default
 * @throws RangeError if the file cannot be read or has changed since this process loaded it, TaskError if it does not
 *         hold a valid task
 */
export async function readTaskFile(file: string, settings?: TaskSettings): Promise<LoadedTaskFile> {
  const path = resolve(file);
  const sha256 = hashOfFile(path);
  const language = await tryTaskFile(path, sha256, { settings });
  const task = await importTask(path, sha256, language);
  const loaded = loadedHashes.get(task) ?? sha256;
  if (loaded !== sha256) {
    throw new RangeError(
      `Cannot load the task file ${path}: this process must be restarted for it, since it has loaded it before with ` +
        `the SHA-256 ${loaded}, got ${sha256}`,
    );
  }
  loadedHashes.set(task, sha256);
  return { task, sha256, path };
}

/**
 * Imports the task that a file exports, into this thread and without trying it.
 *
 * @param language JavaScript loads faster, and must not import TypeScript
 * @throws RangeError if the file cannot be loaded, TaskError if it does not hold a valid task
 */
export async function importTask(
  path: string,
  sha256: string,
  language: Language = "typescript",
): Promise<Task> {
  if (language === "typescript") await loadsTypeScript();
  let module: Record<string, unknown>;
  try {
    // The hash makes a changed file a new ES module. CommonJS modules are cached by path alone.
    module = await import(`${pathToFileURL(path).href}?sha256=${sha256}`);
  } catch (cause) {
    const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
    throw new RangeError(`Cannot load the task file ${path}: ${why}`, { cause });
  }
  // If the file is a CommonJS module, its exports are in `default`.
  return taskOf("task" in module ? module : ((module.default ?? {}) as typeof module), path);
}

/** @throws RangeError if the file cannot be read */
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

/**
 * Registers a loader for TypeScript, which a user's file may be or import. Run from sources, a program has one already;
 * a second does no harm.
 */
async function loadsTypeScript(): Promise<void> {
  loader ??= Promise.all([
    import("tsx/esm/api").then(({ register }) => register()),
    import("tsx/cjs/api").then(({ register }) => register()),
  ]);
  await loader;
}
