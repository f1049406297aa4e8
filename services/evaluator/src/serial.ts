/** A queue that does one piece of work at a time, in order of arrival. */

import { RefusedError } from "@memnet/protocol";

export class Serial {
  private readonly what: string;
  private readonly waitingMax: number;
  private tail: Promise<unknown> = Promise.resolve();
  /** Number of pieces in progress or waiting. */
  waiting = 0;

  /**
   * @param what       names the queue in refusals: `run NAME`
   * @param waitingMax most pieces in progress or waiting; more are refused as BUSY, and the client asks again
   */
  constructor(what: string, waitingMax: number) {
    this.what = what;
    this.waitingMax = waitingMax;
  }

  /**
   * Does the work when its turn comes.
   *
   * @throws RefusedError BUSY, and what the work throws
   */
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

  /** Resolves once all work accepted so far is done. */
  async idle(): Promise<void> {
    await this.tail;
  }
}
