/**
 * A TCP proxy before nats-server, one for each process. It can cut connections, stall them, and delay what they carry.
 * The bytes of one connection stay in order and none is lost, since both ends speak TCP. Messages that NATS would
 * deliver to several processes at once arrive in any order if their delays differ.
 */

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export class BrokerProxy implements AsyncDisposable {
  private readonly server: Server;
  private readonly port: number;
  private readonly pairs = new Set<readonly [Way, Way]>();
  private isCut = false;
  private isStalled = false;
  private delayMs = 0;

  /** @param target the port of nats-server on this machine */
  static async start(target: number): Promise<BrokerProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new BrokerProxy(server, target);
  }

  private constructor(server: Server, target: number) {
    this.server = server;
    this.port = (server.address() as { port: number }).port;
    server.on("connection", (client) => this.connected(client, target));
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Closes all connections, and refuses new ones until `mend`. */
  cut(): void {
    this.isCut = true;
    for (const pair of this.pairs) for (const way of pair) way.destroy();
  }

  /** Keeps connections open but carries nothing until `mend`. */
  stall(): void {
    this.isStalled = true;
    for (const pair of this.pairs) for (const way of pair) way.stall();
  }

  /** Passes on everything that arrives from now on this much later, each way. */
  delay(ms: number): void {
    this.delayMs = ms;
  }

  mend(): void {
    this.isCut = false;
    this.isStalled = false;
    this.delayMs = 0;
    for (const pair of this.pairs) for (const way of pair) way.go();
  }

  private connected(client: Socket, target: number): void {
    // A refused connection may still report an error.
    client.on("error", () => {});
    if (this.isCut) return void client.destroy();
    const broker = connect({ port: target, host: "127.0.0.1", noDelay: true });
    broker.on("error", () => {});
    const delay = () => this.delayMs;
    const pair = [new Way(client, broker, delay), new Way(broker, client, delay)] as const;
    this.pairs.add(pair);
    if (this.isStalled) for (const way of pair) way.stall();
    const over = () => {
      this.pairs.delete(pair);
      for (const way of pair) way.destroy();
    };
    client.once("close", over);
    broker.once("close", over);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.server.close();
    await once(this.server, "close");
  }
}

/** One direction of one connection. While it stalls, the sockets' own windows bound what waits here. */
class Way {
  private readonly from: Socket;
  private readonly to: Socket;
  private readonly delay: () => number;
  /** Chunks that are not due yet, oldest first. */
  private readonly late: { readonly chunk: Buffer; readonly dueMs: number }[] = [];
  private timer: NodeJS.Timeout | undefined;
  private stalled = false;
  private full = false;

  constructor(from: Socket, to: Socket, delay: () => number) {
    this.from = from;
    this.to = to;
    this.delay = delay;
    from.on("data", (chunk) => this.take(chunk));
    to.on("drain", () => {
      this.full = false;
      this.flow();
    });
  }

  stall(): void {
    this.stalled = true;
    this.flow();
  }

  go(): void {
    this.stalled = false;
    this.flow();
    this.sendDue();
  }

  destroy(): void {
    clearTimeout(this.timer);
    this.late.length = 0;
    this.from.destroy();
  }

  private take(chunk: Buffer): void {
    const ms = this.delay();
    // A chunk must not overtake those that wait.
    if (ms === 0 && this.late.length === 0 && !this.stalled) {
      this.send(chunk);
      return;
    }
    this.late.push({ chunk, dueMs: performance.now() + ms });
    if (this.late.length === 1) this.sendDue();
  }

  private sendDue(): void {
    clearTimeout(this.timer);
    while (!this.stalled && this.late.length > 0) {
      const waitMs = this.late[0]!.dueMs - performance.now();
      if (waitMs > 0) {
        this.timer = setTimeout(() => this.sendDue(), waitMs);
        return;
      }
      this.send(this.late.shift()!.chunk);
    }
  }

  private send(chunk: Buffer): void {
    if (this.to.write(chunk)) return;
    this.full = true;
    this.flow();
  }

  private flow(): void {
    if (this.stalled || this.full) this.from.pause();
    else this.from.resume();
  }
}
