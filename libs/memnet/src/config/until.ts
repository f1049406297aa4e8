/** A condition on a validation figure that ends a run, at the very step that was measured: `wrongBits<0.1`. */

import * as z from "zod";

const figures = ["loss", "lossBits", "wrongBits", "exact"] as const;
const comparisons = ["<", "<=", ">", ">="] as const;

export const untilConfig = z.strictObject({
  figure: z.enum(figures),
  comparison: z.enum(comparisons),
  value: z.number(),
  /** The evaluations that it needs: every so many steps, on so many batches of 16. */
  every: z.int().min(1),
  batches: z.int().min(1).max(50),
});
export type UntilConfig = z.infer<typeof untilConfig>;
export type Condition = Pick<UntilConfig, "figure" | "comparison" | "value">;
export type Figures = Readonly<Record<(typeof figures)[number], number>>;

/**
 * @param flag who asks for it, for the message
 * @throws RangeError where the text is not a figure, a comparison and a number
 */
export function parseCondition(text: string, flag = "--until"): Condition {
  const match = /^\s*(\w+)\s*(<=|>=|<|>)\s*(\S+)\s*$/.exec(text);
  const figure = figures.find((name) => name === match?.[1]);
  const comparison = comparisons.find((sign) => sign === match?.[2]);
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
  const seen = measured[figure];
  switch (comparison) {
    case "<":
      return seen < value;
    case "<=":
      return seen <= value;
    case ">":
      return seen > value;
    case ">=":
      return seen >= value;
  }
}
