/** A learning rate that changes over the steps; docs/model.md §13.3. */

import * as z from "zod";

export const scheduleConfig = z
  .strictObject({
    warmup: z
      .int()
      .min(0)
      .default(0)
      .describe("Steps in which the rate grows linearly from 0 to its full value."),
    decay: z.enum(["none", "linear", "cosine"]).default("none").describe("How the rate falls."),
    to: z.number().min(0).max(1).default(0).describe("The share of the rate that a decay leaves."),
    over: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe("Steps, from the first, over which the rate decays; a decay needs it."),
  })
  .prefault({})
  .superRefine(({ decay, over }, context) => {
    if (decay === "none" || over !== null) return;
    context.addIssue({
      code: "custom",
      path: ["over"],
      input: over,
      message: `a ${decay} decay needs the number of steps that it takes`,
    });
  })
  .describe("How the learning rate changes over the steps, docs/model.md §13.3.");
export type ScheduleConfig = z.infer<typeof scheduleConfig>;

export function isConstant({ warmup, decay }: ScheduleConfig): boolean {
  return warmup === 0 && decay === "none";
}

/**
 * The learning rate of a step, in float64.
 *
 * @param step counts from 1
 */
export function scheduledRate(rate: number, schedule: ScheduleConfig, step: number): number {
  const { warmup, decay, to, over } = schedule;
  const warm = warmup === 0 ? rate : rate * Math.min(1, step / warmup);
  const share = Math.min(1, step / (over ?? 1));
  if (decay === "none") return warm;
  if (decay === "linear") return warm * (1 - (1 - to) * share);
  return warm * (to + ((1 - to) * (1 + cosinePi(share))) / 2);
}

/** (−1)ᵏ / (2k + 1)!, for k = 0 … 10. */
const sineCoefficients = Array.from({ length: 11 }, (_, k) => {
  let factorial = 1;
  for (let factor = 2; factor <= 2 * k + 1; factor++) factorial *= factor;
  return (k % 2 === 0 ? 1 : -1) / factorial;
});

/**
 * cos πs for s from 0 to 1, within 2.1e-16, by Taylor's polynomial of the sine: the same bits on every machine, which
 * Math.cos does not promise.
 */
export function cosinePi(s: number): number {
  const x = Math.PI * (s - 0.5);
  const square = x * x;
  const sum = sineCoefficients.reduceRight((sum, coefficient) => sum * square + coefficient, 0);
  return -(x * sum);
}
