/** The settings of a run that do not decide its bits, and so may change from one start to the next. */

import * as z from "zod";

const count = z.int().min(1);

/** The most processes of a kind that one launcher starts; more belong on a cluster. */
const processesMax = 64;

export const operationConfig = z.strictObject({
  /** The number of optimizer updates. */
  steps: count.default(100_000),
  /** Steps between evaluations, and validation batches of 16 in each. */
  evaluateEvery: count.default(500),
  evaluationBatches: count.max(50).default(50),
  /** Every n-th evaluation also measures sizes beyond training. */
  beyondEvery: count.default(10),
  /** Steps between checkpoints. Every evaluation writes one too. */
  checkpointEvery: count.default(500),
  /** How many of the newest checkpoints are always kept. */
  checkpointsKept: count.default(3),
  trainers: count.max(processesMax).default(1),
  dataEnvs: count.max(processesMax).default(1),
  /** Admits trainers with another fingerprint, and marks the run as inexact from that step. */
  relaxed: z.boolean().default(false),
  /** The path of a user's own task file, the same for every actor. */
  taskFile: z.string().nullable().default(null),
});
export type OperationConfig = z.infer<typeof operationConfig>;
