/** Keeps the list of runs up to date by replacing it with the server's current one. */

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
    // Keep the list while one of its links has the focus.
    if (!fresh || fresh.innerHTML === shown.innerHTML || shown.contains(document.activeElement)) return;
    shown.replaceChildren(...fresh.childNodes);
  } catch {
    sayAway(true);
  }
}
