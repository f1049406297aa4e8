/** Asks for the points of the part that is zoomed: as many as of the whole axis, so that they are finer. */

import type { Query } from "../shared/query.ts";

/** How long a part is shown before its points are asked for; the mouse passes through others. */
const restMs = 250;

export class Finer<Answer> {
  /** Null without a part, or until its points arrive; those of the part before are shown meanwhile. */
  answer: Answer | null = null;
  private wanted = "null";
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly load: (part: Query) => Promise<Answer>;
  private readonly onAnswer: () => void;

  constructor(load: (part: Query) => Promise<Answer>, onAnswer: () => void) {
    this.load = load;
    this.onAnswer = onAnswer;
  }

  /** @param part the part in the query of a request; null is the whole axis */
  want(part: Query | null): void {
    const wanted = JSON.stringify(part);
    if (wanted === this.wanted) return;
    this.wanted = wanted;
    clearTimeout(this.timer);
    if (part) this.timer = setTimeout(() => void this.ask(part, wanted), restMs);
    else this.answer = null;
  }

  /** Drops the points, which no longer are of what is shown, and asks for them again when they are wanted. */
  forget(): void {
    clearTimeout(this.timer);
    this.answer = null;
    this.wanted = "null";
  }

  private async ask(part: Query, wanted: string): Promise<void> {
    const answer = await this.load(part).catch(() => null);
    // Another part may have been chosen meanwhile. Without an answer the coarse points stay.
    if (answer === null || wanted !== this.wanted) return;
    this.answer = answer;
    this.onAnswer();
  }
}
