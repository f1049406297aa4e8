/** The list of runs, kept up to date: what the server shows now replaces what it showed. */

import { sayAway } from "./away.ts";
import { byId } from "./dom.ts";

const everyMs = 2000;

export function keepListed(): void {
  setInterval(() => {
    if (!document.hidden) void refresh();
  }, everyMs);
}

async function refresh(): Promise<void> {
  try {
    const response = await fetch("/");
    sayAway(!response.ok);
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("main");
    const shown = byId("main");
    // Whoever is on a link stays there.
    if (!fresh || fresh.innerHTML === shown.innerHTML || shown.contains(document.activeElement)) return;
    shown.replaceChildren(...fresh.childNodes);
  } catch {
    sayAway(true);
  }
}
