/**
 * A message in transit. Between processes it travels as bytes, which the receiver decodes and checks. Within a process
 * the receiver gets the sender's own fields and body, which neither side may change.
 */

import { decode, encode, type Message, type MessageType, otherKind } from "./codec.ts";

interface Sent extends Message<unknown> {
  readonly type: MessageType<never>;
}

const empty = new Uint8Array(0);

export class Packet {
  private sent: Sent | undefined;
  private encoded: Uint8Array | undefined;

  private constructor(sent: Sent | undefined, encoded: Uint8Array | undefined) {
    this.sent = sent;
    this.encoded = encoded;
  }

  /** @param body any length within a process; between processes at most `bodyBytesMax` */
  static of<Fields>(type: MessageType<Fields>, fields: Fields, body: Uint8Array = empty): Packet {
    return new Packet({ type: type as unknown as MessageType<never>, fields, body }, undefined);
  }

  /** Wraps the bytes received from another process. */
  static received(bytes: Uint8Array): Packet {
    return new Packet(undefined, bytes);
  }

  /**
   * The encoded message, as it travels between processes.
   *
   * @throws RangeError if it is too long
   */
  get bytes(): Uint8Array {
    const { sent } = this;
    this.encoded ??= encode(sent!.type, sent!.fields as never, sent!.body);
    return this.encoded;
  }

  /** Whether the packet carries no message: `memnet doctor` publishes empty packets to test its permissions. */
  get isEmpty(): boolean {
    return this.sent === undefined && this.bytes.length === 0;
  }

  /**
   * The number of bytes known without encoding: the whole message if it was received or has been encoded, otherwise the
   * body alone.
   */
  get size(): number {
    return this.encoded?.length ?? this.sent!.body.length;
  }

  /**
   * Returns the message.
   *
   * @throws ProtocolError if it is not a message of this kind and version
   */
  open<Fields>(type: MessageType<Fields>): Message<Fields> {
    const { sent } = this;
    if (!sent) return decode(type, this.bytes);
    if (sent.type.kind !== type.kind) throw otherKind(type.kind, sent.type.kind);
    return sent as Message<unknown> as Message<Fields>;
  }
}
