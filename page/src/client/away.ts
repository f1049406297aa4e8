/** Shows that the server does not answer, so that stale data is not mistaken for live data. */

import { byId, element } from "./dom.ts";

/** When the server was lost; null if it answers. */
let since: Date | null = null;

/** How long a page asks a server that does not answer. A server that ends with its run is not expected back. */
const askingMsMax = { live: 600_000, over: 60_000 };

/**
 * Reports whether it makes sense to ask again.
 *
 * @param isOver whether the run was over when it was last heard of
 */
export function sayAway(away: boolean, isOver = false): boolean {
  const said = byId("away");
  if (!away) {
    since = null;
    said.hidden = true;
    return true;
  }
  since ??= new Date();
  // The server of a run on one machine names this command. A cluster's evaluator serves other runs, and comes back.
  const { show } = document.body.dataset;
  const endedWithRun = isOver && show;
  const asksAgain = Date.now() - since.getTime() < askingMsMax[endedWithRun ? "over" : "live"];
  const parts = endedWithRun ? endedParts(show) : [awayText(since, asksAgain)];
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

function endedParts(show: string): (string | HTMLElement)[] {
  const ended = "Training has ended, and the server with it. What is shown is final; this shows it again: ";
  return [ended, element("code", {}, show)];
}
