/**
 * The dimensions of a network with external memory: an LSTM controller, an interface vector, a memory of slots × width,
 * read and write heads. NTM: Graves, Wayne & Danihelka 2014, arXiv 1410.5401. DNC: Graves et al. 2016, Nature 538.
 */

import * as z from "zod";

const size = z.int().min(1);

const dimensions = {
  /** Width of one input vector, I. */
  input: size,
  /** Width of one output vector, O. */
  output: size,
  /** Hidden units of the controller, H. */
  hidden: size,
  /** Memory slots, N. */
  slots: size,
  /** Width of a memory slot, W. */
  width: size,
  /** Read heads, R. */
  reads: size,
  /** Write heads, K. */
  writes: size,
};

/** Shifts of an NTM head, S, odd: −(S−1)/2 … (S−1)/2. */
export const shifts = size.refine((count) => count % 2 === 1, "shifts must be odd").default(3);

const ntm = z.strictObject({
  model: z.literal("ntm"),
  ...dimensions,
  shifts,
});

const dnc = z.strictObject({ model: z.literal("dnc"), ...dimensions });

export const modelConfig = z.discriminatedUnion("model", [ntm, dnc]);
export type NtmConfig = z.infer<typeof ntm>;
export type DncConfig = z.infer<typeof dnc>;
/** The dimensions of one model, and the `config` of a golden file or a checkpoint. */
export type ModelConfig = z.infer<typeof modelConfig>;
