/** The request that the data-env's tests make. */

import type { BatchQuestion } from "./maker.ts";

export const question: BatchQuestion = {
  task: "copy",
  sha256: null,
  file: null,
  settings: { bits: 3, length: [2, 9] },
  seed: 5,
  stream: 1,
  step: 9,
  steps: 2,
  from: 4,
  sequences: 3,
  batches: 3,
};
