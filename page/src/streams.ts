/** The event streams that are open. Before the server closes, each sends what it has not sent yet. */

import { setMaxListeners } from "node:events";

/** Maximum number of pages kept up to date at the same time. */
export const streamsMax = 64;

/** Time for the last events to be sent; a page that does not read them does not keep the server from closing. */
const finishMsMax = 1000;

export class Streams {
  private readonly closing = new AbortController();
  private readonly open = new Set<Promise<void>>();

  constructor() {
    setMaxListeners(streamsMax, this.closing.signal);
  }

  get isFull(): boolean {
    return this.open.size >= streamsMax;
  }

  /** Runs a stream to its end. The signal asks it to send what is left and to end. */
  async run(stream: (closing: AbortSignal) => Promise<void>): Promise<void> {
    const running = stream(this.closing.signal);
    this.open.add(running);
    try {
      await running;
    } finally {
      this.open.delete(running);
    }
  }

  /** Returns once all streams have ended, or have taken too long. */
  async finish(): Promise<void> {
    this.closing.abort();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, finishMsMax);
    });
    await Promise.race([Promise.allSettled(this.open), late]);
    clearTimeout(timer);
  }
}
