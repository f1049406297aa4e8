/** A part of the horizontal axis, as in the page's address and in its requests: `?x=sequences&zoom=320..4800`. */

import type { Across } from "./axis.ts";

export type Span = readonly [from: number, to: number];

export interface Part {
  /** What the axis counts. */
  readonly across: Across;
  readonly span: Span;
}

/** @returns null if the text is not a span */
export function spanIn(text: string | null): Span | null {
  const [, from, to] = /^(\d+\.?\d*)\.\.(\d+\.?\d*)$/.exec(text ?? "") ?? [];
  return from !== undefined && Number(from) < Number(to) ? [Number(from), Number(to)] : null;
}

export function spanText([from, to]: Span): string {
  return `${from}..${to}`;
}
