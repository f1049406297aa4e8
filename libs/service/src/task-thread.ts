/** The thread that tries a user's task before it is used, since the task may never return or may end its process. */

import { type Task, type TaskSettings, tryTask } from "memnet";
import { importTask } from "./task-file.ts";
import type { Language } from "./task-trial.ts";
import { serveThread } from "./thread.ts";

export type Loaded = Pick<Task, "name" | "settings" | "beyond">;

let task: Task;

const api = {
  /** Loads the file and returns the task's name, its settings and its sizes beyond training. */
  async load(path: string, sha256: string, language: Language): Promise<Loaded> {
    task = await importTask(path, sha256, language);
    const { name, settings, beyond } = task;
    return { name, settings, beyond };
  },
  tryTask: (sizes: TaskSettings): void => tryTask(task, sizes),
};
export type TaskThread = typeof api;

serveThread(api);
