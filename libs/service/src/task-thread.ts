/** The thread that tries a user's task before it is used, since the task may never return or may end its process. */

import { type Task, type TaskSettings, tryTask } from "memnet";
import { importTask, loadsTypeScript } from "./task-file.ts";
import { serveThread } from "./thread.ts";

let task: Task;

const api = {
  /** Loads the file and returns the task's name, its settings and its sizes beyond training. */
  async load(path: string, sha256: string): Promise<Pick<Task, "name" | "settings" | "beyond">> {
    task = await importTask(path, sha256);
    const { name, settings, beyond } = task;
    return { name, settings, beyond };
  },
  tryTask: (sizes: TaskSettings): void => tryTask(task, sizes),
};
export type TaskThread = typeof api;

// Loaded before the thread is ready, so that it does not count towards the file's deadline.
await loadsTypeScript();
serveThread(api);
