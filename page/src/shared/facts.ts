/** Summarises a run's progress and quality in a few figures. */

import type { Curves, Leader, RunDetails } from "./api.ts";
import { brief, figure, secondsText, share, whole } from "./text.ts";

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
}

/** @param leader the coordinator's current report; the files get its steps only with the next snapshot */
export function factsOf(details: RunDetails, curves: Curves, leader: Leader | null = null): Fact[] {
  const { steps, best, spikes, operation } = details;
  const { step, loss } = leader && leader.step > details.step ? leader : details;
  const validation = curves.splits.find(({ split }) => split === "validation");
  const floor = validation?.floor ?? null;
  const least = floor === null ? "" : `, at least ${figure(floor)}`;
  return [
    {
      name: "Step",
      value: whole(step),
      unit: `of ${whole(steps)}${leader ? paceText(leader, steps) : ""}`,
    },
    { name: "Loss", value: figure(loss), unit: "bits, training" },
    { name: "Validation loss", value: figure(validation?.losses.at(-1)), unit: `bits${least}` },
    { name: "Wrong bits", value: figure(validation?.wrongBits.at(-1)), unit: "a sequence, validation" },
    { name: "Exact", value: share(validation?.exact.at(-1)), unit: "of sequences, validation" },
    {
      name: "Best",
      value: best === null ? "–" : whole(best),
      unit: `step with the ${floor === null ? "fewest wrong bits" : "least loss"}`,
    },
    {
      name: "Spikes",
      value: whole(spikes.count),
      unit: `of the validation loss${spikes.last === null ? "" : `, last at step ${whole(spikes.last)}`}`,
    },
    // Nothing audits a trainer that is alone in its process.
    ...(step > curves.audited && (curves.audited > 0 || operation.trainers > 1)
      ? [
          {
            name: "Unaudited",
            value: whole(curves.audited + 1),
            unit: "the first step no other trainer checked",
          },
        ]
      : []),
  ];
}

function paceText({ step, stepsPerSecond }: Leader, steps: number): string {
  const left = stepsPerSecond > 0 ? `, ${secondsText((steps - step) / stepsPerSecond)} left` : "";
  return `, ${brief(stepsPerSecond)} a second${left}`;
}
