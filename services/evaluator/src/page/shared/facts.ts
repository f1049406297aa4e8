/** How far a run is and how good, in six figures. */

import type { Curves, RunDetails } from "./api.ts";
import { figure, share, whole } from "./text.ts";

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
}

export function factsOf({ step, steps, best, loss }: RunDetails, curves: Curves): Fact[] {
  const validation = curves.splits.find(({ split }) => split === "validation");
  return [
    { name: "Step", value: whole(step), unit: `of ${whole(steps)}` },
    { name: "Loss", value: figure(loss), unit: "nats, training" },
    { name: "Validation loss", value: figure(validation?.losses.at(-1)), unit: "nats" },
    { name: "Wrong bits", value: figure(validation?.wrongBits.at(-1)), unit: "a sequence, validation" },
    { name: "Exact", value: share(validation?.exact.at(-1)), unit: "of sequences, validation" },
    { name: "Best", value: best === null ? "–" : whole(best), unit: "step with the fewest wrong bits" },
  ];
}
