/** Names for answers that are too large to push, so that trainers can pull them until newer ones take their place. */

import type { Messenger } from "@memnet/service";

/** A trainer pulls its own answer before this many others have been made. */
const namesMax = 64;

/** Bytes that all of them may have: eight of the largest answers. */
const bytesMax = 256 * 1024 * 1024;

export class Offers {
  private readonly blobs: Pick<Messenger["blobs"], "withdraw">;
  /** The names in use with their bytes, oldest first. */
  private readonly held = new Map<string, number>();
  private total = 0;
  private next = 0;

  constructor(blobs: Pick<Messenger["blobs"], "withdraw">) {
    this.blobs = blobs;
  }

  /** Returns a name for an answer, and withdraws the oldest ones that no longer fit. */
  name(bytes: number): string {
    for (const [oldest, size] of this.held) {
      if (this.held.size < namesMax && this.total + bytes <= bytesMax) break;
      this.held.delete(oldest);
      this.total -= size;
      this.blobs.withdraw(oldest);
    }
    const name = `batch-${this.next++}`;
    this.held.set(name, bytes);
    this.total += bytes;
    return name;
  }
}
