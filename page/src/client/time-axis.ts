/** The axis above and below an episode's strips: its phases, and times counted from 1. */

import { phasesOf, timeTicks } from "../shared/phases.ts";
import { element } from "./dom.ts";

/** A phase narrower than this share of the axis has no room for its name. */
const leastShare = 0.09;

export function timeAxis(mask: Float32Array): HTMLElement {
  const times = mask.length;
  const part = (from: number, end: number, kind: string, text: string) => {
    const span = element("span", { class: kind }, text);
    span.style.left = `${(from / times) * 100}%`;
    span.style.width = `${((end - from) / times) * 100}%`;
    return span;
  };
  const phases = phasesOf(mask);
  const said = phases.map(({ name, from, end }) => `${name} from time ${from + 1} to ${end}`).join(", ");
  return element(
    "div",
    { class: "axis", role: "img", "aria-label": `Time: ${said}` },
    element(
      "div",
      { class: "phases" },
      ...phases.map(({ name, from, end }) =>
        part(from, end, `phase-${name}`, end - from >= leastShare * times ? name : ""),
      ),
    ),
    element(
      "div",
      { class: "ticks" },
      ...timeTicks(times).map((time) => part(time - 1, time, "tick", String(time))),
      element("span", { class: "axis-name" }, "time"),
    ),
  );
}
