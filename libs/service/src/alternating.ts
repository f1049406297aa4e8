/**
 * Copies into two buffers in turn. A fresh copy of some 200 kB a step costs more than the copying: its memory is zeroed
 * first, and collected later.
 */
export class Alternating {
  private readonly buffers: [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] = [empty, empty];
  private turn = 0;

  /** A copy that stays as it is until the call after the next. */
  copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    this.turn = 1 - this.turn;
    let buffer = this.buffers[this.turn]!;
    if (buffer.length !== bytes.length) {
      buffer = new Uint8Array(bytes.length);
      this.buffers[this.turn] = buffer;
    }
    buffer.set(bytes);
    return buffer;
  }
}

const empty = new Uint8Array(0);
