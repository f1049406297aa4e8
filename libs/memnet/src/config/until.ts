/** A condition on a validation figure, such as `wrongBits<0.1`, that ends a run at the step that was measured. */

import * as z from "zod";

const figures = ["loss", "lossBits", "wrongBits", "exact"] as const;
const comparisons = {
  "<": (a: number, b: number) => a < b,
  "<=": (a: number, b: number) => a <= b,
  ">": (a: number, b: number) => a > b,
  ">=": (a: number, b: number) => a >= b,
};
const signs = Object.keys(comparisons) as (keyof typeof comparisons)[];

export const untilConfig = z.strictObject({
  figure: z
    .enum(figures)
    .describe(
      "A mean over the validation sequences: loss in nats or in bits, wrong bits, or the share of exact ones.",
    ),
  comparison: z.enum(signs).describe("How the figure must compare with the value."),
  value: z.number().describe("What the figure is compared with."),
  every: z.int().min(1).describe("Steps between the run's evaluations, in place of `evaluateEvery`."),
  batches: z
    .int()
    .min(1)
    .max(50)
    .describe("Batches of 16 sequences in each of them, in place of `evaluationBatches`."),
});
export type UntilConfig = z.infer<typeof untilConfig>;
export type Condition = Pick<UntilConfig, "figure" | "comparison" | "value">;
export type Figures = Readonly<Record<(typeof figures)[number], number>>;

/**
 * @param flag the option's name, for the message
 * @throws RangeError if the text is not a figure, a comparison and a number
 */
export function parseCondition(text: string, flag = "--until"): Condition {
  const match = /^\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*$/.exec(text);
  const figure = figures.find((name) => name === match?.[1]);
  const comparison = signs.find((sign) => sign === match?.[2]);
  const value = Number(match?.[3]);
  if (!figure || !comparison || !Number.isFinite(value)) {
    throw new RangeError(
      `Cannot use ${flag}: it must be one of ${figures.join(", ")}, then < <= > or >=, then a number, ` +
        `as in 'wrongBits<0.1', got ${JSON.stringify(text)}`,
    );
  }
  return { figure, comparison, value };
}

export function conditionText({ figure, comparison, value }: Condition): string {
  return `${figure}${comparison}${value}`;
}

export function satisfies({ figure, comparison, value }: Condition, measured: Figures): boolean {
  return comparisons[comparison](measured[figure], value);
}
