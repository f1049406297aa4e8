/** Shows that the server does not answer, so that stale data is not mistaken for live data. */

import { byId, element } from "./dom.ts";

/** When the server was lost; null if it answers. */
let since: Date | null = null;

/** How long a page asks a server that does not answer. A server that ended with its run is not expected back. */
const askingMsMax = { live: 600_000, over: 60_000 };

/** Reports whether it makes sense to ask again. @param isOver whether the run was over when it was last heard of */
export function sayAway(away: boolean, isOver = false): boolean {
  const said = byId("away");
  if (!away) {
    since = null;
    said.hidden = true;
    return true;
  }
  since ??= new Date();
  const asksAgain = Date.now() - since.getTime() < askingMsMax[isOver ? "over" : "live"];
  const parts = isOver ? overParts() : [awayText(since, asksAgain)];
  // Written only once, since screen readers read each change.
  const text = parts.map((part) => (typeof part === "string" ? part : part.textContent)).join("");
  if (said.textContent !== text) said.replaceChildren(...parts);
  said.hidden = false;
  return asksAgain;
}

function awayText(since: Date, asksAgain: boolean): string {
  const next = asksAgain
    ? "This page keeps asking."
    : "This page has stopped asking: reload it to ask again.";
  return `No answer from the server: what is shown is as of ${since.toLocaleTimeString()}. ${next}`;
}

function overParts(): (string | HTMLElement)[] {
  const { show } = document.body.dataset;
  const over = "The run is over, and so is its server: what is shown is final.";
  return show ? [`${over} This shows it again: `, element("code", {}, show)] : [over];
}
