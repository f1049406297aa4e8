/**
 * The embedded broker: the NATS client protocol on the loopback interface, for one machine without
 * nats-server. Publish, subscribe, queue groups, request–reply, headers; no users, no persistence, no cluster.
 */

import { randomUUID } from "node:crypto";
import { createServer, type Server, type Socket } from "node:net";
import { isPattern, isSubject, Router, subjectMatches } from "../bus/router.ts";
import { listen } from "../listen.ts";
import type { Log } from "../log.ts";
import { Client, type Subscribed } from "./client.ts";
import { type Command, PAYLOAD_BYTES_MAX, Parser, ProtocolError } from "./parser.ts";

/** NATS's own default: 256 broadcasts of 250 kB that one client has not read. */
export const UNSENT_BYTES_MAX = 64 * 1024 * 1024;

/** Headers of the message that says that nobody listens. */
const NO_RESPONDERS = Buffer.from("NATS/1.0 503\r\n\r\n\r\n", "latin1");

export interface BrokerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  readonly host?: "127.0.0.1";
  readonly log: Log;
  /** Bytes that a client may leave unread before it is cut off. */
  readonly unsentBytesMax?: number;
}

export interface Broker extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

/** @throws PortInUseError naming the port */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const host = options.host ?? "127.0.0.1";
  const hub = new Hub(options.log, options.unsentBytesMax ?? UNSENT_BYTES_MAX);
  const server = createServer({ allowHalfOpen: false }, (socket) => hub.accept(socket));
  const port = await listen(server, options.port, host);
  hub.greet(host, port);
  options.log.info("The embedded broker listens", { host, port });
  const close = () => hub.close(server);
  return { url: `nats://${host}:${port}`, port, close, [Symbol.asyncDispose]: close };
}

class Hub {
  readonly #log: Log;
  readonly #unsentBytesMax: number;
  readonly #router = new Router<Client>();
  readonly #clients = new Set<Client>();
  readonly #serverId = randomUUID();
  #host = "";
  #port = 0;
  #nextClientId = 1;

  constructor(log: Log, unsentBytesMax: number) {
    this.#log = log;
    this.#unsentBytesMax = unsentBytesMax;
  }

  greet(host: string, port: number): void {
    this.#host = host;
    this.#port = port;
  }

  accept(socket: Socket): void {
    const client = new Client(socket, this.#unsentBytesMax);
    this.#clients.add(client);
    const parser = new Parser((command) => {
      if (!client.ended) this.#obey(client, command);
    });
    socket.on("data", (chunk) => {
      if (client.ended) return;
      try {
        parser.push(chunk);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        this.#log.warn("Cutting off a client of the broker", { client: client.address, error });
        this.#drop(client, error.reply);
      }
    });
    // What follows a reset or a failed write is "close".
    socket.on("error", () => {});
    socket.on("close", () => this.#forget(client));
    client.write(`INFO ${JSON.stringify(this.#info(socket))}\r\n`);
  }

  async close(server: Server): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const client of this.#clients) client.end();
    await closed;
  }

  #info(socket: Socket): Record<string, unknown> {
    const clientId = this.#nextClientId;
    this.#nextClientId += 1;
    return {
      server_id: this.#serverId,
      server_name: "memnet",
      // Clients read what a server can do from its version; nothing after 2.2 concerns plain messages.
      version: "2.10.0",
      go: "none",
      proto: 1,
      host: this.#host,
      port: this.#port,
      headers: true,
      max_payload: PAYLOAD_BYTES_MAX,
      client_id: clientId,
      client_ip: socket.remoteAddress,
    };
  }

  #obey(client: Client, command: Command): void {
    switch (command.kind) {
      case "connect":
        client.fields = command.fields;
        break;
      case "ping":
        this.#write(client, "PONG\r\n");
        return;
      case "pong":
        return;
      case "sub":
        if (!isPattern(command.subject)) {
          this.#write(client, "-ERR 'Invalid Subject'\r\n");
          return;
        }
        this.#subscribe(client, command.sid, command.subject, command.queue);
        break;
      case "unsub":
        this.#unsubscribe(client, command.sid, command.max);
        break;
      case "pub":
        if (!isSubject(command.subject)) {
          this.#write(client, "-ERR 'Invalid Publish Subject'\r\n");
          return;
        }
        this.#publish(client, command);
        break;
    }
    if (client.fields.verbose) this.#write(client, "+OK\r\n");
  }

  /** A client that redials may send a subscription twice: the first one stands. */
  #subscribe(client: Client, sid: string, subject: string, queue: string | undefined): void {
    if (client.subscriptions.has(sid)) return;
    const route: Subscribed = { owner: client, sid, subject, queue, delivered: 0, max: undefined };
    client.subscriptions.set(sid, route);
    this.#router.add(route);
  }

  #unsubscribe(client: Client, sid: string, max: number | undefined): void {
    const route = client.subscriptions.get(sid);
    if (!route) return;
    if (max !== undefined && max > route.delivered) route.max = max;
    else this.#remove(route);
  }

  #publish(from: Client, message: Extract<Command, { kind: "pub" }>): void {
    const routes = this.#router.match(message.subject, from.fields.echo ? undefined : from);
    for (const route of routes) this.#deliver(route as Subscribed, message);
    if (routes.length === 0 && message.reply !== undefined && from.fields.noResponders) {
      this.#noResponders(from, message.reply);
    }
  }

  #deliver(route: Subscribed, message: Extract<Command, { kind: "pub" }>): void {
    const { subject, reply, headerBytes, payload } = message;
    const to = route.owner;
    const bytes = payload.length - 2;
    const head = reply === undefined ? `${subject} ${route.sid}` : `${subject} ${route.sid} ${reply}`;
    if (headerBytes === 0) this.#write(to, `MSG ${head} ${bytes}\r\n`, payload);
    else if (to.fields.headers) this.#write(to, `HMSG ${head} ${headerBytes} ${bytes}\r\n`, payload);
    else this.#write(to, `MSG ${head} ${bytes - headerBytes}\r\n`, payload.subarray(headerBytes));
    route.delivered += 1;
    if (route.max !== undefined && route.delivered >= route.max) this.#remove(route);
  }

  #noResponders(client: Client, reply: string): void {
    for (const { sid, subject } of client.subscriptions.values()) {
      if (!subjectMatches(subject, reply)) continue;
      const bytes = NO_RESPONDERS.length - 2;
      this.#write(client, `HMSG ${reply} ${sid} ${bytes} ${bytes}\r\n`, NO_RESPONDERS);
      return;
    }
  }

  #write(client: Client, line: string, payload?: Buffer): void {
    if (client.write(line, payload)) return;
    this.#log.warn("Cutting off a client of the broker that does not read", {
      client: client.address,
      unsentBytesMax: this.#unsentBytesMax,
    });
    this.#drop(client, "Slow Consumer");
  }

  #drop(client: Client, reason: string): void {
    client.fail(reason);
    this.#removeAll(client);
  }

  #forget(client: Client): void {
    client.ended = true;
    this.#clients.delete(client);
    this.#removeAll(client);
  }

  #removeAll(client: Client): void {
    for (const route of client.subscriptions.values()) this.#router.remove(route);
    client.subscriptions.clear();
  }

  #remove(route: Subscribed): void {
    route.owner.subscriptions.delete(route.sid);
    this.#router.remove(route);
  }
}
