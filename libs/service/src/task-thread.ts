/** The thread in which a user's task is tried before it is used: it may run for ever there, or end. */

import { type Task, type TaskSettings, tryTask } from "memnet";
import { importTask, loadsTypeScript } from "./task-file.ts";
import { serveThread } from "./thread.ts";

let task: Task;

const api = {
  /** Loads the file; its settings and its sizes beyond training. */
  async load(path: string, sha256: string): Promise<Pick<Task, "name" | "settings" | "beyond">> {
    task = await importTask(path, sha256);
    const { name, settings, beyond } = task;
    return { name, settings, beyond };
  },
  tryTask: (sizes: TaskSettings): void => tryTask(task, sizes),
};
export type TaskThread = typeof api;

// Not a part of the time that the file has.
await loadsTypeScript();
serveThread(api);
