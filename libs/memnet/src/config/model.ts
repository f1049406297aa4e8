/**
 * The dimensions of a network: a controller, and for all but an LSTM an interface vector, a memory of slots × width, read
 * and write heads. NTM: Graves, Wayne & Danihelka 2014, arXiv 1410.5401. DNC: Graves et al. 2016, Nature 538; its three
 * variants: Csordás & Schmidhuber 2019, arXiv 1904.10278.
 */

import * as z from "zod";

const size = z.int().min(1);

const layers = {
  /** Width of one input vector, I. */
  input: size,
  /** Width of one output vector, O. */
  output: size,
  /** Hidden units of the controller, H. */
  hidden: size,
};

const dimensions = {
  ...layers,
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

/** A feed-forward controller; without this setting it is an LSTM. */
const controller = z.literal("feedforward").optional();
const on = z.literal(true).optional();

const ntm = z.strictObject({ model: z.literal("ntm"), ...dimensions, controller, shifts });

const dnc = z.strictObject({
  model: z.literal("dnc"),
  ...dimensions,
  controller,
  /** Each head compares its key only where its mask lets it, docs/model.md §6.8. */
  masked: on,
  /** A slot that the free gates free is erased too, docs/model.md §6.9. */
  deallocate: on,
  /** Read heads sharpen the ways along the links, docs/model.md §6.10. */
  sharpen: on,
});

const none = z.literal(0).default(0);

/** A controller alone: the network without memory that the papers compare with. */
const lstm = z.strictObject({
  model: z.literal("lstm"),
  ...layers,
  ...{ slots: none, width: none, reads: none, writes: none },
  controller: z.undefined().optional(),
});

export const modelConfig = z.discriminatedUnion("model", [ntm, dnc, lstm]);
export type NtmConfig = z.infer<typeof ntm>;
export type DncConfig = z.infer<typeof dnc>;
/** The dimensions of one model, and the `config` of a golden file or a checkpoint. A setting that is off is absent. */
export type ModelConfig = z.infer<typeof modelConfig>;
