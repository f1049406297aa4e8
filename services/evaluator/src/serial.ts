/** Work that is done one piece after the other, in the order it came in. */

import { RefusedError } from "@memnet/protocol";

export class Serial {
  private readonly what: string;
  private readonly waitingMax: number;
  private tail: Promise<unknown> = Promise.resolve();
  /** Pieces under way or waiting. */
  waiting = 0;

  /**
   * @param what       for the refusal: `run NAME`
   * @param waitingMax pieces under way or waiting; more are refused as BUSY and asked for again by their asker
   */
  constructor(what: string, waitingMax: number) {
    this.what = what;
    this.waitingMax = waitingMax;
  }

  /** @throws RefusedError BUSY, and what the work throws */
  do<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting >= this.waitingMax) {
      return Promise.reject(
        new RefusedError("BUSY", `${this.waiting} requests for ${this.what} wait already`),
      );
    }
    this.waiting++;
    const result = this.tail.then(work).finally(() => {
      this.waiting--;
    });
    this.tail = result.catch(() => {});
    return result;
  }

  /** Resolves once all that has come in so far is done. */
  async idle(): Promise<void> {
    await this.tail;
  }
}
