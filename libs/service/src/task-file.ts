/** A run's task: one that memnet brings, or a user's own file, named by path and SHA-256 and never sent. */

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { hashOf } from "@memnet/protocol";
import { builtInTask, type Task, taskOf } from "memnet";

/** A task as a training configuration names it; `sha256` is of the file where the task is a user's own. */
export interface TaskReference {
  readonly name: string;
  readonly sha256?: string | undefined;
}

/** Of each task that was loaded: a file that was changed since may come back as it was, from the module cache. */
const loadedHashes = new WeakMap<Task, string>();

/** Once in a thread. */
let loader: Promise<unknown> | undefined;

/**
 * The task of a run.
 *
 * @param file where a user's own task is, seen from the working folder
 * @throws RangeError where the file is missing, another one, or of another name; TypeError where it is no task
 */
export async function loadTask(reference: TaskReference, file: string | null): Promise<Task> {
  const { name, sha256 } = reference;
  if (sha256 === undefined) return builtInTask(name);
  if (file === null)
    throw new RangeError(`Cannot load task ${name}: it is a user's own, and no file was named`);
  const { task, sha256: got } = await readTaskFile(file);
  if (got !== sha256) {
    throw new RangeError(`Cannot load task ${name}: ${file} must have the SHA-256 ${sha256}, got ${got}`);
  }
  if (task.name !== name) throw new RangeError(`Cannot load task ${name}: ${file} is named ${task.name}`);
  return task;
}

/**
 * A user's own task file: the task that it exports, and its SHA-256.
 *
 * @throws RangeError where it cannot be read or was changed since this process loaded it, TypeError where it is no task
 */
export async function readTaskFile(file: string): Promise<{ task: Task; sha256: string; path: string }> {
  const path = resolve(file);
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new RangeError(`Cannot load the task file ${path}: it must be a file that can be read here`, {
      cause,
    });
  }
  const sha256 = hashOf(bytes);
  await loadsTypeScript();
  // By content: to ES modules a file that was changed is another one. CommonJS knows it by its path alone.
  const module = await import(`${pathToFileURL(path).href}?sha256=${sha256}`);
  // In a folder that is no module, the file's exports lie in `default`.
  const task = taskOf("task" in module ? module : (module.default ?? {}), path);
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

/** A bundle has no loader for TypeScript, which a user's file may be or import; sources were loaded by one. */
async function loadsTypeScript(): Promise<void> {
  if (import.meta.url.endsWith(".ts")) return;
  loader ??= Promise.all([
    import("tsx/esm/api").then(({ register }) => register()),
    import("tsx/cjs/api").then(({ register }) => register()),
  ]);
  await loader;
}
