/**
 * doubts.json: which results of the run may be wrong, and who is excluded for giving wrong ones. It is written before
 * anything is done about a doubt, so that every later open of the run knows it.
 */

import { type Exclusion, excludedMax, messages } from "@memnet/protocol";

export interface Doubts {
  /** The first step that may be wrong, until the run has been opened again from before it; null if none is. */
  readonly before: number | null;
  readonly excluded: readonly Exclusion[];
  /** Trainers that are audited in every step, because two of them disagreed and no third one could decide. */
  readonly suspects: readonly string[];
}

export const noDoubts: Doubts = { before: null, excluded: [], suspects: [] };

export function doubtsText(value: Doubts): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** @throws Error if the text is not in the format of doubtsText() */
export function parseDoubts(text: string): Doubts {
  return messages.doubts.parse(JSON.parse(text));
}

/** Adds a doubt to those known. The newest of too many participants are kept. */
export function withDoubt(known: Doubts, added: Doubts): Doubts {
  const excluded = [...known.excluded, ...added.excluded.filter((one) => !isExcluded(known.excluded, one))];
  return {
    before: earlier(known.before, added.before),
    excluded: excluded.slice(-excludedMax),
    suspects: [...new Set([...known.suspects, ...added.suspects])].slice(-excludedMax),
  };
}

/** The earlier of two steps; null stands for none. */
export function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}

/** Whether a participant is among those excluded. */
export function isExcluded(excluded: readonly Exclusion[], { role, id }: Exclusion): boolean {
  return excluded.some((one) => one.role === role && one.id === id);
}
