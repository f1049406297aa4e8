/**
 * How an operator in another process reaches the actors of a network in memory: HTTP over a Unix socket, which only the
 * user who may open the socket's folder can reach. An operator asks; it is never asked.
 */

import { rmSync } from "node:fs";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { messageBytesMax, Packet } from "@memnet/protocol";
import {
  type Bus,
  DisconnectedError,
  NoRespondersError,
  RequestTimeoutError,
  type Subscription,
} from "./bus.ts";
import { newId } from "./id.ts";
import type { MemoryNetwork } from "./memory.ts";

/** The answers of as many actors as one machine runs, with room. */
const bytesMax = 64 * messageBytesMax;
/** The server answers at the deadline itself; this is for one that is stopped or gone. */
const graceMs = 2000;

/** Serves operators until disposed. @param path of the socket, in a folder that others cannot open */
export async function serveOperators(network: MemoryNetwork, path: string): Promise<AsyncDisposable> {
  const bus = network.connect({ role: "operator" });
  const server = createServer((incoming, response) => {
    answer(bus, incoming, response).catch((error) => {
      response.writeHead(500).end(String(error));
    });
  });
  // A process that was killed leaves its socket.
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await bus.close();
    },
  };
}

async function answer(bus: Bus, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(incoming.url ?? "/", "http://memnet");
  const subject = searchParams.get("subject") ?? "";
  const ms = Number(searchParams.get("ms"));
  const question = Packet.received(await bodyOf(incoming));
  try {
    const answers =
      pathname === "/many"
        ? await bus.requestMany(subject, question, ms)
        : [await bus.request(subject, question, ms)];
    response.writeHead(200).end(joined(answers.map(({ bytes }) => bytes)));
  } catch (error) {
    if (error instanceof NoRespondersError) response.writeHead(404).end();
    else if (error instanceof RequestTimeoutError) response.writeHead(408).end();
    else throw error;
  }
}

/** The bus of an operator in another process. It hears nothing and publishes nothing. */
export class OperatorBus implements Bus {
  readonly role = "operator";
  readonly id = newId();
  readonly isLocal = false;
  readonly connected = true;
  readonly refused = null;
  private readonly path: string;

  /** @param path of the socket that serveOperators() opened */
  constructor(path: string) {
    this.path = path;
  }

  publish(): boolean {
    return false;
  }

  subscribe(): Subscription {
    return { stop() {} };
  }

  async request(subject: string, packet: Packet, timeoutMs: number): Promise<Packet> {
    const [first] = await this.ask("/one", subject, packet, timeoutMs);
    return first!;
  }

  requestMany(subject: string, packet: Packet, waitMs: number): Promise<Packet[]> {
    return this.ask("/many", subject, packet, waitMs);
  }

  onReconnect(): void {}

  async close(): Promise<void> {}

  private ask(how: "/one" | "/many", subject: string, packet: Packet, ms: number): Promise<Packet[]> {
    const path = `${how}?${new URLSearchParams({ subject, ms: String(ms) })}`;
    return new Promise((resolve, reject) => {
      const asked = request(
        { socketPath: this.path, path, method: "POST", timeout: ms + graceMs },
        (incoming) => {
          bodyOf(incoming).then((body) => {
            const { statusCode } = incoming;
            if (statusCode === 404) reject(new NoRespondersError(subject));
            else if (statusCode === 408) reject(new RequestTimeoutError(subject, ms));
            else if (statusCode !== 200)
              reject(new Error(`Cannot ask ${subject}: ${new TextDecoder().decode(body)}`));
            else resolve(parted(body).map(Packet.received));
          }, reject);
        },
      );
      asked.on("timeout", () => asked.destroy(new RequestTimeoutError(subject, ms)));
      asked.on("error", (error) =>
        reject(error instanceof RequestTimeoutError ? error : new DisconnectedError(subject)),
      );
      asked.end(packet.bytes);
    });
  }
}

/** @throws RangeError if it is longer than any message */
async function bodyOf(stream: IncomingMessage): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > bytesMax) throw new RangeError(`Questions and answers have at most ${bytesMax} bytes`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
}

/** Each with its length before it, four bytes little-endian. */
function joined(parts: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = new Uint8Array(4);
      new DataView(length.buffer).setUint32(0, part.length, true);
      return [length, part];
    }),
  );
}

function parted(bytes: Uint8Array): Uint8Array[] {
  const parts: Uint8Array[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 4 <= bytes.length; ) {
    const end = at + 4 + view.getUint32(at, true);
    parts.push(bytes.slice(at + 4, end));
    at = end;
  }
  return parts;
}
