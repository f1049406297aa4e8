/**
 * The page's state, kept in the query of its address: a reload, the back button and a link to a colleague show the same.
 * State at its default is not in the address.
 */

import { changedQuery, type Query } from "../shared/query.ts";

/** How long moves are collected. Browsers refuse to change the address more than some ten times a second. */
const moveMs = 300;

/** Moves that are not in the address yet. */
let moves: Query = {};
let timer: ReturnType<typeof setTimeout> | undefined;

/** Returns a value of the state; null if it is at its default. */
export function stated(name: string): string | null {
  return new URLSearchParams(changedQuery(location.search, moves)).get(name);
}

/** Records a choice, which the back button undoes. */
export function choose(changes: Query): void {
  flush();
  const query = changedQuery(location.search, changes);
  if (query !== changedQuery(location.search, {})) history.pushState(null, "", addressWith(query));
}

/** Records a move, such as that of a slider or a zoom, without an entry in the history. */
export function move(changes: Query): void {
  moves = { ...moves, ...changes };
  timer ??= setTimeout(flush, moveMs);
}

/** Calls the handler when the back or forward button has changed the state. */
export function onBack(show: () => void): void {
  window.addEventListener("popstate", show);
}

window.addEventListener("pagehide", flush);
// The moves belong to the state that is left.
window.addEventListener("popstate", () => forget());

function flush(): void {
  const changes = moves;
  forget();
  if (Object.keys(changes).length === 0) return;
  history.replaceState(null, "", addressWith(changedQuery(location.search, changes)));
}

function forget(): void {
  clearTimeout(timer);
  timer = undefined;
  moves = {};
}

function addressWith(query: string): string {
  return `${location.pathname}${query}${location.hash}`;
}
