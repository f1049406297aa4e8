/** The client's half of the NATS protocol, read from chunks cut anywhere. Pure. */

/** What NATS servers allow by default; DESIGN keeps bodies at or under 512 kB. */
export const PAYLOAD_BYTES_MAX = 1024 * 1024;

/** What NATS servers allow by default for one line, CONNECT included. */
export const LINE_BYTES_MAX = 4096;

export interface ConnectFields {
  readonly verbose: boolean;
  readonly echo: boolean;
  readonly headers: boolean;
  readonly noResponders: boolean;
}

/** Subjects are latin1 strings of the bytes that came: any encoding goes out as it came in. */
export type Command =
  | { readonly kind: "connect"; readonly fields: ConnectFields }
  | { readonly kind: "ping" }
  | { readonly kind: "pong" }
  | {
      readonly kind: "sub";
      readonly subject: string;
      readonly queue: string | undefined;
      readonly sid: string;
    }
  | { readonly kind: "unsub"; readonly sid: string; readonly max: number | undefined }
  | {
      readonly kind: "pub";
      readonly subject: string;
      readonly reply: string | undefined;
      /** Of `payload`, from its beginning; 0 for PUB. */
      readonly headerBytes: number;
      /** Headers, body, and the two bytes CR LF that end both on the wire. */
      readonly payload: Buffer;
    };

/** What a client sent is not the protocol: it is told `reply` and its connection is closed. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code = "PROTOCOL";
  /** The text of -ERR, without quotes; NATS's own words, which clients know. */
  readonly reply: string;
  constructor(reply: string, detail: string) {
    super(`Cannot read a client's command: ${detail}`);
    this.reply = reply;
  }
}

const CR = 13;
const LF = 10;

type Pub = Omit<Extract<Command, { kind: "pub" }>, "payload">;

export class Parser {
  readonly #take: (command: Command) => void;
  /** Beginning of a line whose end has not come; at most LINE_BYTES_MAX. */
  #line: Buffer | undefined;
  #pub: Pub | undefined;
  /** Bytes of the open PUB with CR LF. */
  #size = 0;
  /** The open PUB's bytes so far, where they come in several chunks. */
  #partial: Buffer | undefined;
  #filled = 0;

  /** @param take gets each command once it is complete; what it throws ends push() */
  constructor(take: (command: Command) => void) {
    this.#take = take;
  }

  /** @throws ProtocolError; this parser is of no use afterwards */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length)
      at = this.#pub ? this.#payload(chunk, at, this.#pub) : this.#nextLine(chunk, at);
  }

  #payload(chunk: Buffer, at: number, pub: Pub): number {
    const missing = this.#size - this.#filled;
    const here = Math.min(missing, chunk.length - at);
    if (!this.#partial && here === this.#size) {
      this.#finish(pub, chunk.subarray(at, at + here));
      return at + here;
    }
    this.#partial ??= Buffer.allocUnsafeSlow(this.#size);
    chunk.copy(this.#partial, this.#filled, at, at + here);
    this.#filled += here;
    if (here === missing) this.#finish(pub, this.#partial);
    return at + here;
  }

  #finish(pub: Pub, payload: Buffer): void {
    if (payload[payload.length - 2] !== CR || payload[payload.length - 1] !== LF) {
      throw new ProtocolError("Unknown Protocol Operation", "a payload must end with CR LF");
    }
    this.#pub = undefined;
    this.#partial = undefined;
    this.#filled = 0;
    this.#take({ ...pub, payload });
  }

  #nextLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LF, at);
    const until = end < 0 ? chunk.length : end;
    const bytes = until - at + (this.#line?.length ?? 0);
    if (bytes > LINE_BYTES_MAX) {
      throw new ProtocolError(
        "Maximum Control Line Exceeded",
        `a line must have at most ${LINE_BYTES_MAX} bytes, got ${bytes}`,
      );
    }
    const here = chunk.subarray(at, until);
    const line = this.#line ? Buffer.concat([this.#line, here]) : here;
    if (end < 0) {
      this.#line = this.#line ? line : Buffer.from(line);
      return chunk.length;
    }
    this.#line = undefined;
    const command = this.#command(line.at(-1) === CR ? line.subarray(0, -1) : line);
    if (command) this.#take(command);
    return end + 1;
  }

  /** The command that the line is by itself; none where a payload follows. */
  #command(line: Buffer): Command | undefined {
    const words = line.toString("latin1").split(/[ \t]+/);
    const [verb = "", ...args] = words.filter((word) => word !== "");
    const [first = "", second, third, fourth] = args;
    switch (verb.toUpperCase()) {
      case "PUB":
        count(args, 2, 3);
        if (third === undefined) this.#begin(first, undefined, undefined, second);
        else this.#begin(first, second, undefined, third);
        return undefined;
      case "HPUB":
        count(args, 3, 4);
        if (fourth === undefined) this.#begin(first, undefined, second, third);
        else this.#begin(first, second, third, fourth);
        return undefined;
      case "SUB":
        count(args, 2, 3);
        if (third === undefined) return { kind: "sub", subject: first, queue: undefined, sid: second ?? "" };
        return { kind: "sub", subject: first, queue: second, sid: third };
      case "UNSUB":
        count(args, 1, 2);
        return { kind: "unsub", sid: first, max: second === undefined ? undefined : number(second) };
      case "PING":
        return { kind: "ping" };
      case "PONG":
        return { kind: "pong" };
      case "CONNECT":
        return { kind: "connect", fields: connectFields(line) };
      default:
        throw new ProtocolError("Unknown Protocol Operation", `it must be a known one, got ${quote(verb)}`);
    }
  }

  #begin(subject: string, reply: string | undefined, headers: string | undefined, size: string | undefined) {
    const payloadBytes = number(size ?? "");
    const headerBytes = headers === undefined ? 0 : number(headers);
    if (payloadBytes > PAYLOAD_BYTES_MAX) {
      throw new ProtocolError(
        "Maximum Payload Violation",
        `a payload must have at most ${PAYLOAD_BYTES_MAX} bytes, got ${payloadBytes}`,
      );
    }
    if (headerBytes > payloadBytes) {
      throw new ProtocolError(
        "Parser Error",
        `headers must fit in ${payloadBytes} bytes of payload, got ${headerBytes}`,
      );
    }
    this.#pub = { kind: "pub", subject, reply, headerBytes };
    this.#size = payloadBytes + 2;
  }
}

function count(args: string[], least: number, most: number): void {
  if (args.length >= least && args.length <= most) return;
  throw new ProtocolError(
    "Parser Error",
    `arguments must be ${least} to ${most}, got ${args.length} (${quote(args.join(" "))})`,
  );
}

/** Nine digits are beyond every limit here and below every limit of a number. */
function number(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ProtocolError(
    "Parser Error",
    `a number must be decimal, of at most nine digits, got ${quote(text)}`,
  );
}

function connectFields(line: Buffer): ConnectFields {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line.toString("utf8").trimStart().slice("CONNECT".length) || "{}");
  } catch {
    throw new ProtocolError("Parser Error", "CONNECT must carry JSON");
  }
  if (typeof parsed !== "object" || parsed === null) {
    throw new ProtocolError("Parser Error", "CONNECT must carry an object");
  }
  const fields = parsed as Record<string, unknown>;
  return {
    verbose: fields.verbose === true,
    echo: fields.echo !== false,
    headers: fields.headers === true,
    noResponders: fields.headers === true && fields.no_responders === true,
  };
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 64));
}
