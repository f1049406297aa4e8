/**
 * Copies bytes into two buffers in turn. Copying some 200 kB per step into a fresh buffer costs more than the copy
 * itself: the memory is zeroed first and garbage-collected later.
 */
export class Alternating {
  private readonly buffers: [Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>] = [empty, empty];
  private newest = 0;

  /** Returns a copy that stays unchanged until the call after next. */
  copy(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
    this.newest = 1 - this.newest;
    let buffer = this.buffers[this.newest]!;
    if (buffer.length !== bytes.length) {
      buffer = new Uint8Array(bytes.length);
      this.buffers[this.newest] = buffer;
    }
    buffer.set(bytes);
    return buffer;
  }
}

const empty = new Uint8Array(0);
