/** Bytes that arrive in parts of one length, in any order: broadcast, pulled, or both. */

import { ProtocolError } from "@memnet/protocol";

export class Gathered {
  readonly bytes: Uint8Array;
  private readonly partBytes: number;
  private readonly missing = new Set<number>();

  /** @param partBytes the length of every part but the last */
  constructor(bytes: number, partBytes: number) {
    this.bytes = new Uint8Array(bytes);
    this.partBytes = partBytes;
    this.clear();
  }

  /** Drops what has arrived. */
  clear(): void {
    for (let offset = 0; offset < this.bytes.length; offset += this.partBytes) this.missing.add(offset);
  }

  /** Where the missing parts begin. */
  get lacking(): number[] {
    return [...this.missing];
  }

  lacks(offset: number): boolean {
    return this.missing.has(offset);
  }

  /** The length of the part that begins there. */
  lengthAt(offset: number): number {
    return Math.min(this.partBytes, this.bytes.length - offset);
  }

  /**
   * Takes a part; one that is there already changes nothing.
   *
   * @throws ProtocolError if no part begins there or has another length
   */
  add(offset: number, part: Uint8Array): void {
    const wanted = this.lengthAt(offset);
    if (offset % this.partBytes !== 0 || wanted <= 0) {
      const rule = `a multiple of ${this.partBytes} below ${this.bytes.length}`;
      throw new ProtocolError("MALFORMED", `A part must begin at ${rule}, got ${offset}`);
    }
    if (part.length !== wanted) {
      throw new ProtocolError("MALFORMED", `A part must have ${wanted} bytes, got ${part.length}`);
    }
    if (this.missing.delete(offset)) this.bytes.set(part, offset);
  }
}
