/**
 * Lets other processes on this machine join an in-memory network through a Unix socket. Only a user who can open the
 * socket's folder can reach it. Operator commands send their requests through it, and trainers with a GPU of their own
 * do their work through it.
 */

import { chmodSync, rmSync, statSync } from "node:fs";
import { createConnection, createServer, type Socket } from "node:net";
import { dirname } from "node:path";
import { Packet } from "@memnet/protocol";
import { type Log, silentLog } from "../log.ts";
import { FrameReader, framed } from "./frames.ts";
import {
  MemoryBus,
  type MemoryBusOptions,
  type MemoryNetwork,
  type Network,
  type Terminal,
} from "./memory.ts";
import type { Route } from "./router.ts";

/** A process that lets this many bytes pile up unread is disconnected, as a NATS server does (max_pending). */
const unsentBytesMax = 64 * 1024 * 1024;

/** NATS's default limit (max_payload). */
const packetBytesMax = 1024 * 1024;

/** The operations that a joined process sends. */
export type Sent =
  | { readonly op: "subscribe"; readonly sid: string; readonly subject: string; readonly queue?: string }
  | { readonly op: "unsubscribe"; readonly sid: string }
  | {
      readonly op: "publish";
      readonly subject: string;
      readonly reply?: string;
      /** Whether the message comes from a leaf, which has delivered it to its own subscribers already. */
      readonly fromLeaf?: true;
    };

/** Whether a header from another process is an operation. */
function isSent(header: unknown): header is Sent {
  if (typeof header !== "object" || header === null) return false;
  const { op, sid, subject, queue, reply } = header as Record<string, unknown>;
  const isText = (value: unknown) => typeof value === "string";
  const isTextIfThere = (value: unknown) => value === undefined || isText(value);
  switch (op) {
    case "subscribe":
      return isText(sid) && isText(subject) && isTextIfThere(queue);
    case "unsubscribe":
      return isText(sid);
    case "publish":
      return isText(subject) && isTextIfThere(reply);
    default:
      return false;
  }
}

/** The operations that a joined process receives. */
export type Got =
  | { readonly op: "message"; readonly sid: string; readonly subject: string; readonly reply?: string }
  | { readonly op: "unheard"; readonly reply: string };

export const empty = new Uint8Array(0);

/**
 * Lets other processes join the network until disposed.
 *
 * @param path of the socket, in a folder that other users cannot open
 * @throws RangeError if they can
 */
export async function serveSocket(
  network: MemoryNetwork,
  path: string,
  log: Log = silentLog,
): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    joined(network, socket, log);
  });
  // The folder guards the socket, since some systems ignore the permissions of a socket itself.
  const mode = statSync(dirname(path)).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    const rule = `only its user may open ${dirname(path)} (mode 700)`;
    throw new RangeError(`Cannot serve the socket ${path}: ${rule}, got mode ${mode.toString(8)}`);
  }
  // A killed process leaves its socket behind.
  rmSync(path, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroySoon();
    },
  };
}

/** Serves one joined process until its socket closes. */
function joined(network: MemoryNetwork, socket: Socket, log: Log): void {
  const routes = new Map<string, Route<Terminal>>();
  const write = writerOn<Got>(socket);
  const terminal: Terminal = {
    deliver(sid, subject, packet, reply) {
      if (!routes.has(sid)) return;
      try {
        write({ op: "message", sid, subject, ...(reply !== undefined && { reply }) }, packet.bytes);
      } catch (error) {
        // A packet within one process may be longer than a socket carries.
        log.warn("Cannot pass on a message to another process", { subject, error });
      }
    },
    unheard: (reply) => write({ op: "unheard", reply }),
  };
  read<unknown>(socket, (sent, body) => {
    if (!isSent(sent) || (sent.op === "subscribe" && routes.has(sent.sid))) {
      socket.destroy();
    } else if (sent.op === "publish") {
      const { subject, reply } = sent;
      const packet = Packet.received(body);
      if (sent.fromLeaf) network.forward(terminal, subject, packet, reply, terminal);
      else network.send(terminal, subject, packet, reply);
    } else if (sent.op === "subscribe") {
      const { sid, subject, queue } = sent;
      const route = { owner: terminal, sid, subject, queue };
      routes.set(sid, route);
      network.add(route);
    } else {
      const route = routes.get(sent.sid);
      if (route) network.remove(route);
      routes.delete(sent.sid);
    }
  });
  socket.once("close", () => {
    for (const route of routes.values()) network.remove(route);
    routes.clear();
  });
}

/**
 * Joins the network that another process serves. The bus stays disconnected once the socket closes: the serving process
 * has exited, and the run's other actors with it.
 *
 * @throws the system's error if no process serves the socket
 */
export async function joinSocket(path: string, options: MemoryBusOptions): Promise<MemoryBus> {
  return new SocketBus(await opened(path), options);
}

/** @throws the system's error if no process serves the socket */
export async function opened(path: string): Promise<Socket> {
  const socket = createConnection(path);
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.once("connect", resolve);
  });
  return socket;
}

/** The network as a joined process sees it, from the other side of the socket. */
class SocketNetwork implements Network {
  readonly isLocal = false;
  private readonly write: (sent: Sent, body?: Uint8Array) => void;

  constructor(socket: Socket) {
    this.write = writerOn<Sent>(socket);
  }

  add({ sid, subject, queue }: Route<Terminal>): void {
    this.write({ op: "subscribe", sid, subject, ...(queue !== undefined && { queue }) });
  }

  remove({ sid }: Route<Terminal>): void {
    this.write({ op: "unsubscribe", sid });
  }

  send(_from: Terminal, subject: string, packet: Packet, reply: string | undefined): void {
    this.write({ op: "publish", subject, ...(reply !== undefined && { reply }) }, packet.bytes);
  }
}

class SocketBus extends MemoryBus {
  private readonly socket: Socket;

  constructor(socket: Socket, options: MemoryBusOptions) {
    super(new SocketNetwork(socket), options);
    this.socket = socket;
    read<Got>(socket, (got, body) => {
      if (got.op === "message") this.deliver(got.sid, got.subject, Packet.received(body), got.reply);
      else this.unheard(got.reply, Packet.received(empty));
    });
    socket.once("close", () => this.disconnect());
  }

  override async close(): Promise<void> {
    this.disconnect();
    if (this.socket.destroyed) return;
    await new Promise<void>((resolve) => {
      this.socket.once("close", () => resolve());
      this.socket.end();
    });
  }
}

/**
 * Returns a function that writes frames. It disconnects a peer that reads too slowly, and writes nothing to a closed
 * socket.
 */
export function writerOn<Header>(socket: Socket): (header: Header, body?: Uint8Array) => void {
  return (header, body = empty) => {
    if (body.length > packetBytesMax) {
      throw new RangeError(
        `Cannot send a message: it must have at most ${packetBytesMax} bytes, got ${body.length}`,
      );
    }
    if (!socket.writable) return;
    if (socket.writableLength > unsentBytesMax) {
      socket.destroy();
      return;
    }
    socket.cork();
    for (const chunk of framed(header, body)) socket.write(chunk);
    socket.uncork();
  };
}

/** Reads frames, and disconnects a peer that sends anything else. */
export function read<Header>(socket: Socket, take: (header: Header, body: Uint8Array) => void): void {
  const reader = new FrameReader(packetBytesMax);
  // A `close` event follows each error and is handled instead.
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    try {
      for (const { header, body } of reader.push(chunk)) take(header as Header, body);
    } catch {
      socket.destroy();
    }
  });
}
