/** The settings of a run that do not decide its bits, and so may change from one start to the next. */

import * as z from "zod";

const count = z.int().min(1);

/** The most processes of a kind that one launcher starts; more belong on a cluster. */
const processesMax = 64;

export const operationConfig = z.strictObject({
  steps: count.default(100_000).describe("Optimizer updates in all."),
  evaluateEvery: count.default(500).describe("Steps between evaluations. The last step is evaluated too."),
  evaluationBatches: count
    .max(50)
    .default(50)
    .describe("Validation batches of 16 sequences in an evaluation."),
  beyondEvery: count
    .default(10)
    .describe(
      "Every so many evaluations, sizes beyond training are measured too. `train()` of the library does not.",
    ),
  checkpointEvery: count.default(500).describe("Steps between checkpoints. Every evaluation writes one too."),
  checkpointsKept: count.default(3).describe("How many of the newest checkpoints are always kept."),
  trainers: count.max(processesMax).default(1).describe("Trainers that `memnet train` starts."),
  dataEnvs: count.max(processesMax).default(1).describe("Data-envs that `memnet train` starts."),
  relaxed: z
    .boolean()
    .default(false)
    .describe("Admits trainers with another fingerprint, and marks the run as inexact from that step."),
  audit: z
    .number()
    .min(0)
    .max(1)
    .default(0.01)
    .describe(
      "Share of the steps that other trainers compute again before they are taken, from 0 to 1. It costs that share of the time, and nothing with one trainer in one process.",
    ),
  branchesFrom: z
    .int()
    .min(0)
    .default(16)
    .describe(
      "From so many trainers on, some of them add up the others' gradients and send the coordinator the sums; 0 for never.",
    ),
  taskFile: z
    .string()
    .nullable()
    .default(null)
    .describe("Path of a task file of your own, the same for every process. `--task` sets it."),
});

export type { OperationConfig } from "./written.ts";
