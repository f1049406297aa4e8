/** One client of the embedded broker: its socket, and what it has asked for. */

import type { Socket } from "node:net";
import type { Route } from "../bus/router.ts";
import type { ConnectFields } from "./parser.ts";

/** Payloads up to this go into one buffer with their line; beyond, all clients share one copy. */
const JOIN_BYTES_MAX = 4096;

/** How long a client that is cut off has to read why. */
const FAREWELL_MS = 1000;

export interface Subscribed extends Route<Client> {
  delivered: number;
  /** Messages after which it ends by itself. */
  max: number | undefined;
}

/** What a client says by itself before it has sent CONNECT. */
const SILENT: ConnectFields = { verbose: false, echo: true, headers: false, noResponders: false };

export class Client {
  fields: ConnectFields = SILENT;
  readonly subscriptions = new Map<string, Subscribed>();
  readonly address: string;
  /** Nothing is read from it and nothing sent to it any more. */
  ended = false;
  readonly #socket: Socket;
  readonly #unsentBytesMax: number;
  #corked = false;

  constructor(socket: Socket, unsentBytesMax: number) {
    this.#socket = socket;
    this.#unsentBytesMax = unsentBytesMax;
    this.address = `${socket.remoteAddress}:${socket.remotePort}`;
    socket.setNoDelay(true);
  }

  /** False once more is unsent than this client may have: the caller cuts it off. */
  write(line: string, payload?: Buffer): boolean {
    if (this.ended) return true;
    this.#cork();
    if (payload && payload.length > JOIN_BYTES_MAX) {
      this.#socket.write(line, "latin1");
      this.#socket.write(payload);
    } else if (payload) {
      const joined = Buffer.allocUnsafe(line.length + payload.length);
      joined.write(line, 0, "latin1");
      payload.copy(joined, line.length);
      this.#socket.write(joined);
    } else {
      this.#socket.write(line, "latin1");
    }
    return this.#socket.writableLength <= this.#unsentBytesMax;
  }

  /** Says why, then closes; whoever does not read is cut off after a second. */
  fail(reason: string): void {
    if (this.ended) return;
    this.write(`-ERR '${reason}'\r\n`);
    this.end();
  }

  /**
   * Sends what is under way and closes. What the client still sends is read and thrown away until it closes
   * too: a socket destroyed with bytes unread resets the connection, and the client never sees why.
   */
  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#socket.end();
    const timer = setTimeout(() => this.#socket.destroy(), FAREWELL_MS);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  /** Everything written in one turn of the event loop leaves in one call. */
  #cork(): void {
    if (this.#corked) return;
    this.#corked = true;
    this.#socket.cork();
    process.nextTick(() => {
      this.#corked = false;
      this.#socket.uncork();
    });
  }
}
