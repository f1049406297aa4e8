/** A curriculum: other settings of the task from some steps on; docs/model.md §11.6. */

import * as z from "zod";
import { taskSetting } from "../tasks/task.ts";

/** Stages by the step, from 1, that begins each. A stage lasts until the next one begins. */
export const curriculumConfig = z
  .array(
    z.strictObject({
      from: z.int().min(1).describe("The step, from 1, that begins the stage."),
      task: z.record(z.string(), taskSetting).describe("The settings of the task that differ in this stage."),
    }),
  )
  .default([])
  .superRefine((stages, context) => {
    for (const [index, { from }] of stages.entries()) {
      const before = stages[index - 1]?.from ?? 0;
      if (from > before) continue;
      context.addIssue({
        code: "custom",
        path: [index, "from"],
        input: from,
        message: `a stage must begin after step ${before}, where the one before it begins`,
      });
    }
  })
  .describe("Other settings of the task from some steps on, in training alone, docs/model.md §11.6.");
