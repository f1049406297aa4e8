/** What a run does that does not touch its bits, and so may change from one start to the next. */

import * as z from "zod";

const count = z.int().min(1);

/** Numbers of processes that one launcher starts; more belong on a cluster. */
const processesMax = 64;

export const operationConfig = z.strictObject({
  /** Optimizer updates in all. */
  steps: count.default(100_000),
  /** Steps between evaluations, and validation batches of 16 in each. */
  evaluateEvery: count.default(500),
  evaluationBatches: count.max(50).default(50),
  /** Every so many evaluations, sizes beyond training are measured as well. */
  beyondEvery: count.default(10),
  /** Steps between checkpoints; every evaluation takes one too. */
  checkpointEvery: count.default(500),
  /** The newest checkpoints that are always kept. */
  checkpointsKept: count.default(3),
  trainers: count.max(processesMax).default(1),
  dataEnvs: count.max(processesMax).default(1),
  /** Admit trainers with another fingerprint and mark the run from that step: no longer exact. */
  relaxed: z.boolean().default(false),
  /** Where a user's own task file is; every actor needs it at the same place. */
  taskFile: z.string().nullable().default(null),
});
export type OperationConfig = z.infer<typeof operationConfig>;
