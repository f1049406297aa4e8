/** What happened beside the figures: faults and recoveries, the newest first. */

import type { RunEvent } from "../shared/api.ts";
import { byId, element } from "./dom.ts";

const shownMax = 200;

export function showEvents(events: readonly RunEvent[]): void {
  const rows = events.slice(-shownMax).reverse().map(rowOf);
  byId("events").replaceChildren(...(rows.length > 0 ? rows : [element("li", {}, "Nothing yet.")]));
}

function rowOf({ time, event, text }: RunEvent): HTMLElement {
  // UTC, to the second: 2026-01-02 03:04:05.
  const shown = time.replace("T", " ").slice(0, 19);
  return element(
    "li",
    {},
    element("time", { datetime: time }, shown),
    element("strong", {}, event),
    element("span", { class: "of" }, text),
  );
}
