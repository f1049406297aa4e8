/** Messages about names that nothing has, with the name that may have been meant. */

import { closest, distance } from "fastest-levenshtein";

/** Returns the known name that is most like a misspelt one; null if none is close. */
export function suggestion(name: string, known: readonly string[]): string | null {
  if (known.length === 0) return null;
  const found = closest(name, known);
  const length = Math.max(name.length, found.length);
  // Two swapped letters count twice, also in a short name.
  return distance(name, found) <= Math.max(2, Math.floor(length / 3)) ? found : null;
}

/** Returns `; did you mean NAME?`, or nothing if no known name is close. */
export function didYouMean(name: string, known: readonly string[]): string {
  const found = suggestion(name, known);
  return found === null ? "" : `; did you mean ${found}?`;
}

/**
 * `Unknown preset "copy-ntn"; did you mean copy-ntm?`
 *
 * @param rule what a name must be, which is said if no known name is close
 */
export function unknownName(
  what: string,
  name: string,
  known: readonly string[],
  rule = `it must be one of ${known.join(", ")}`,
): string {
  return `Unknown ${what}${didYouMean(name, known) || `: ${rule}`}`;
}
