/**
 * The dimensions of a network: a controller, and for all but an LSTM an interface vector, a memory of slots × width, read
 * and write heads. NTM: Graves, Wayne & Danihelka 2014, arXiv 1410.5401. DNC: Graves et al. 2016, Nature 538; its three
 * variants: Csordás & Schmidhuber 2019, arXiv 1904.10278.
 */

import * as z from "zod";

/**
 * The dimensions of one model, and the `config` of a golden file or a checkpoint: whole numbers from 1, but for an LSTM,
 * which has no memory. A setting that is off is absent. docs/model.md §1.
 */
export type ModelConfig = {
  /** Width of one input vector, I. */
  readonly input: number;
  /** Width of one output vector, O. */
  readonly output: number;
  /** Hidden units of the controller, H. */
  readonly hidden: number;
  /** Memory slots, N; 0 for an LSTM. */
  readonly slots: number;
  /** Width of a memory slot, W; 0 for an LSTM. */
  readonly width: number;
  /** Read heads, R; 0 for an LSTM. */
  readonly reads: number;
  /** Write heads, K; 0 for an LSTM. */
  readonly writes: number;
} & (
  | {
      /** A Neural Turing Machine. */
      readonly model: "ntm";
      /** A feed-forward controller; an LSTM if absent. */
      readonly controller?: "feedforward" | undefined;
      /** Shifts of a head, S, odd: −(S−1)/2 … (S−1)/2. */
      readonly shifts: number;
    }
  | {
      /** A Differentiable Neural Computer. */
      readonly model: "dnc";
      /** A feed-forward controller; an LSTM if absent. */
      readonly controller?: "feedforward" | undefined;
      /** Each head compares its key only where its mask lets it, docs/model.md §6.8. */
      readonly masked?: true | undefined;
      /** A slot that the free gates free is erased too, docs/model.md §6.9. */
      readonly deallocate?: true | undefined;
      /** Read heads sharpen the ways along the links, docs/model.md §6.10. */
      readonly sharpen?: true | undefined;
    }
  | {
      /** A controller alone, the network without memory that the papers compare with. */
      readonly model: "lstm";
      /** The controller is always an LSTM. */
      readonly controller?: undefined;
    }
);

const size = z.int().min(1);

const layers = { input: size, output: size, hidden: size };
const dimensions = { ...layers, slots: size, width: size, reads: size, writes: size };

export const shifts = size
  .refine((count) => count % 2 === 1, "shifts must be odd")
  .default(3)
  .describe("Shifts of an NTM's head, S, odd: −(S−1)/2 … (S−1)/2.");

const controller = z.literal("feedforward").optional();
const on = z.literal(true).optional();

const ntm = z.strictObject({ model: z.literal("ntm"), ...dimensions, controller, shifts });

const dnc = z.strictObject({
  model: z.literal("dnc"),
  ...dimensions,
  controller,
  masked: on,
  deallocate: on,
  sharpen: on,
});

const none = z.literal(0).default(0);

const lstm = z.strictObject({
  model: z.literal("lstm"),
  ...layers,
  ...{ slots: none, width: none, reads: none, writes: none },
  controller: z.undefined().optional(),
});

export const modelConfig: z.ZodType<ModelConfig> = z.discriminatedUnion("model", [ntm, dnc, lstm]);
export type NtmConfig = Extract<ModelConfig, { model: "ntm" }>;
export type DncConfig = Extract<ModelConfig, { model: "dnc" }>;
