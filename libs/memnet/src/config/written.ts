/** The types of settings as a program writes them: any may be missing, and an editor completes them. */

import type { z } from "zod";
import type { TaskSetting } from "../tasks/task.ts";
import type { operationConfig } from "./operation.ts";
import type { settingsOfTraining } from "./training.ts";

type Partly<T> = T extends readonly unknown[] | string | number | boolean | null | undefined
  ? T
  : { readonly [Key in keyof T]?: Partly<T[Key]> };

/** Distributes over the models, so that each has its own memory and heads. */
type Sections<T> = T extends unknown
  ? { readonly [Key in keyof T as Key extends "task" ? never : Key]?: Partly<T[Key]> }
  : never;

/** Settings that override a preset's, section by section, such as `{ memory: { slots: 64 }, steps: 1000, seed: 2 }`. */
export type TrainSettings = Sections<z.input<typeof settingsOfTraining>> & {
  /** The task's name and its settings: whole numbers, or ranges `[lo, hi]`. */
  readonly task?: { readonly name?: string; readonly [setting: string]: string | TaskSetting | undefined };
} & Partly<z.input<typeof operationConfig>>;
