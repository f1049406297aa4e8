/** Shows that the server does not answer, so that stale data is not mistaken for live data. */

import { byId } from "./dom.ts";

export function sayAway(away: boolean): void {
  const said = byId("away");
  if (said.hidden !== away) return;
  const since = new Date().toLocaleTimeString();
  said.textContent = away
    ? `No answer from the server: what is shown is as of ${since}. It is asked again.`
    : "";
  said.hidden = !away;
}
