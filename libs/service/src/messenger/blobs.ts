/** Holds bytes that other actors may pull, until newer bytes replace them in their slot or the slot is withdrawn. */

import { type BlobRef, hashOf, RefusedError } from "@memnet/protocol";

export class BlobStore {
  private readonly owner: string;
  private readonly slots = new Map<string, { hash: string; bytes: Uint8Array }>();

  constructor(owner: string) {
    this.owner = owner;
  }

  /** Puts bytes into a slot. Each slot holds one blob, so the number of slots bounds an actor's memory use. */
  offer(slot: string, bytes: Uint8Array, hash: string = hashOf(bytes)): BlobRef {
    this.slots.set(slot, { hash, bytes });
    return { owner: this.owner, hash, bytes: bytes.length };
  }

  withdraw(slot: string): void {
    this.slots.delete(slot);
  }

  /**
   * Returns part of a blob.
   *
   * @throws RefusedError if no slot holds the hash, or if the range starts at or past the end
   */
  range(hash: string, offset: number, bytes: number): Uint8Array {
    for (const held of this.slots.values()) {
      if (held.hash !== hash) continue;
      if (offset >= held.bytes.length) {
        throw new RefusedError("RANGE", `A range must start below ${held.bytes.length}, got ${offset}`);
      }
      return held.bytes.subarray(offset, offset + bytes);
    }
    throw new RefusedError("GONE", `No blob ${hash} is held here any more`);
  }
}
