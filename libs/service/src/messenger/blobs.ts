/** Holds bytes that other actors may pull, until newer bytes replace them under their name or the name is withdrawn. */

import { type BlobRef, hashOf, RefusedError } from "@memnet/protocol";

export class BlobStore {
  private readonly owner: string;
  private readonly byName = new Map<string, { hash: string; bytes: Uint8Array }>();

  constructor(owner: string) {
    this.owner = owner;
  }

  /** Offers bytes under a name. Each name has one blob, so the number of names bounds an actor's memory use. */
  offer(name: string, bytes: Uint8Array, hash: string = hashOf(bytes)): BlobRef {
    this.byName.set(name, { hash, bytes });
    return { owner: this.owner, hash, bytes: bytes.length };
  }

  withdraw(name: string): void {
    this.byName.delete(name);
  }

  /**
   * Returns part of a blob.
   *
   * @throws RefusedError if no name has the hash, or if the range starts at or past the end
   */
  range(hash: string, offset: number, bytes: number): Uint8Array {
    for (const held of this.byName.values()) {
      if (held.hash !== hash) continue;
      if (offset >= held.bytes.length) {
        throw new RefusedError("RANGE", `A range must start below ${held.bytes.length}, got ${offset}`);
      }
      return held.bytes.subarray(offset, offset + bytes);
    }
    throw new RefusedError("GONE", `No blob ${hash} is held here any more`);
  }
}
