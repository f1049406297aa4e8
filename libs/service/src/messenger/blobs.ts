/** Bytes that others may pull, held until their slot is taken by newer ones or given up. */

import { type BlobRef, hashOf, RefusedError } from "@memnet/protocol";

export class BlobStore {
  private readonly owner: string;
  private readonly slots = new Map<string, { hash: string; bytes: Uint8Array }>();

  constructor(owner: string) {
    this.owner = owner;
  }

  /** One blob a slot: what an actor offers is bounded by the slots that it uses. */
  offer(slot: string, bytes: Uint8Array, hash: string = hashOf(bytes)): BlobRef {
    this.slots.set(slot, { hash, bytes });
    return { owner: this.owner, hash, bytes: bytes.length };
  }

  withdraw(slot: string): void {
    this.slots.delete(slot);
  }

  /** @throws RefusedError where no slot holds that hash, or the range lies outside */
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
