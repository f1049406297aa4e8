/** What only a raw socket can see; what a client sees is in bus.test.ts. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { PortInUseError } from "../listen.ts";
import { silentLog } from "../log.ts";
import { startBroker } from "./broker.ts";

const timeout = 20_000;

class RawClient {
  readonly socket: Socket;
  text = "";
  closed = false;
  readonly #changed = new Set<() => void>();

  constructor(port: number) {
    this.socket = connect(port, "127.0.0.1").setEncoding("latin1");
    this.socket.on("data", (text: string) => this.#take(text));
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
      this.#take("");
    });
  }

  send(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  /** Resolves with what came, and takes it, once it contains `end`. */
  async until(end: string): Promise<string> {
    while (!this.text.includes(end)) {
      assert.equal(this.closed, false, `closed before ${end}, after ${this.text}`);
      await this.#change();
    }
    const at = this.text.indexOf(end) + end.length;
    const taken = this.text.slice(0, at);
    this.text = this.text.slice(at);
    return taken;
  }

  async gone(): Promise<string> {
    while (!this.closed) await this.#change();
    return this.text;
  }

  #take(text: string): void {
    this.text += text;
    for (const resolve of this.#changed) resolve();
    this.#changed.clear();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed.add(resolve));
  }
}

async function greeted(port: number): Promise<RawClient> {
  const client = new RawClient(port);
  await client.until("\r\n");
  return client;
}

test("startBroker() greets with what it can do", { timeout }, async () => {
  await using broker = await startBroker({ port: 0, log: silentLog });
  const client = new RawClient(broker.port);
  const greeting = await client.until("\r\n");
  const info = JSON.parse(greeting.slice("INFO ".length));
  assert.equal(info.max_payload, 1024 * 1024);
  assert.equal(info.headers, true);
  assert.equal(info.port, broker.port);
  assert.equal(broker.url, `nats://127.0.0.1:${broker.port}`);
  client.socket.destroy();
});

test("startBroker() names a port that is in use", { timeout }, async () => {
  await using broker = await startBroker({ port: 0, log: silentLog });
  await assert.rejects(startBroker({ port: broker.port, log: silentLog }), (error) => {
    assert.ok(error instanceof PortInUseError);
    assert.match(error.message, new RegExp(String(broker.port)));
    return true;
  });
});

test("the broker says +OK to a verbose client, and answers PING", { timeout }, async () => {
  await using broker = await startBroker({ port: 0, log: silentLog });
  const client = await greeted(broker.port);
  client.send('CONNECT {"verbose":true}\r\nSUB a 1\r\nPUB a 1\r\nx\r\nPING\r\n');
  assert.equal(await client.until("PONG\r\n"), "+OK\r\n+OK\r\nMSG a 1 1\r\nx\r\n+OK\r\nPONG\r\n");
  client.socket.destroy();
});

test("the broker gives no message back to a client without echo", { timeout }, async () => {
  await using broker = await startBroker({ port: 0, log: silentLog });
  const client = await greeted(broker.port);
  client.send('CONNECT {"echo":false}\r\nSUB a 1\r\nPUB a 1\r\nx\r\nPING\r\n');
  assert.equal(await client.until("PONG\r\n"), "PONG\r\n");
  client.socket.destroy();
});

test("the broker carries headers, and leaves them out for who knows none", { timeout }, async () => {
  await using broker = await startBroker({ port: 0, log: silentLog });
  const client = await greeted(broker.port);
  client.send('CONNECT {"headers":true}\r\nSUB a 1\r\nHPUB a to 12 13\r\nNATS/1.0\r\n\r\nx\r\nPING\r\n');
  assert.equal(await client.until("PONG\r\n"), "HMSG a 1 to 12 13\r\nNATS/1.0\r\n\r\nx\r\nPONG\r\n");
  client.send('CONNECT {"headers":false}\r\nHPUB a to 12 13\r\nNATS/1.0\r\n\r\nx\r\nPING\r\n');
  assert.equal(await client.until("PONG\r\n"), "MSG a 1 to 1\r\nx\r\nPONG\r\n");
  client.socket.destroy();
});

test("the broker says where nobody listens, to who asked for that", { timeout }, async () => {
  await using broker = await startBroker({ port: 0, log: silentLog });
  const client = await greeted(broker.port);
  client.send('CONNECT {"headers":true,"no_responders":true}\r\nSUB in.* 7\r\nPUB a in.1 0\r\n\r\nPING\r\n');
  assert.equal(await client.until("PONG\r\n"), "HMSG in.1 7 16 16\r\nNATS/1.0 503\r\n\r\n\r\nPONG\r\n");
  client.send("CONNECT {}\r\nPUB a in.1 0\r\n\r\nPING\r\n");
  assert.equal(await client.until("PONG\r\n"), "PONG\r\n");
  client.socket.destroy();
});

test("the broker ends a subscription after its last message", { timeout }, async () => {
  await using broker = await startBroker({ port: 0, log: silentLog });
  const client = await greeted(broker.port);
  const message = "PUB a 1\r\nx\r\n";
  client.send(`SUB a 1\r\nUNSUB 1 2\r\n${message.repeat(4)}PING\r\n`);
  assert.equal(await client.until("PONG\r\n"), `${"MSG a 1 1\r\nx\r\n".repeat(2)}PONG\r\n`);
  client.send(`SUB a 2\r\n${message.repeat(3)}UNSUB 2 2\r\n${message}PING\r\n`);
  assert.equal(await client.until("PONG\r\n"), `${"MSG a 2 1\r\nx\r\n".repeat(3)}PONG\r\n`);
  client.socket.destroy();
});

test("the broker keeps a client that names an impossible subject", { timeout }, async () => {
  await using broker = await startBroker({ port: 0, log: silentLog });
  const client = await greeted(broker.port);
  client.send("SUB a..b 1\r\nPUB a.* 0\r\n\r\nPING\r\n");
  assert.equal(
    await client.until("PONG\r\n"),
    "-ERR 'Invalid Subject'\r\n-ERR 'Invalid Publish Subject'\r\nPONG\r\n",
  );
  client.socket.destroy();
});

test("the broker cuts off a client that does not speak the protocol", { timeout }, async () => {
  await using broker = await startBroker({ port: 0, log: silentLog });
  const http = await greeted(broker.port);
  http.send("GET / HTTP/1.1\r\n\r\n");
  assert.equal(await http.gone(), "-ERR 'Unknown Protocol Operation'\r\n");
  const large = await greeted(broker.port);
  large.send(`PUB a ${2 * 1024 * 1024}\r\n${"x".repeat(2 * 1024 * 1024)}\r\n`);
  assert.equal(await large.gone(), "-ERR 'Maximum Payload Violation'\r\n");
  const endless = await greeted(broker.port);
  endless.send("x".repeat(5000));
  assert.equal(await endless.gone(), "-ERR 'Maximum Control Line Exceeded'\r\n");
});

test("the broker cuts off a client that does not read, and serves the others", { timeout }, async () => {
  // The client reads on as soon as it is cut off, so that it sees why.
  const log = { ...silentLog, warn: () => void slow.socket.resume() };
  await using broker = await startBroker({ port: 0, log, unsentBytesMax: 1024 * 1024 });
  const slow = await greeted(broker.port);
  slow.send("SUB a 1\r\nPING\r\n");
  await slow.until("PONG\r\n");
  slow.socket.pause();
  const other = await greeted(broker.port);
  other.send("SUB a 1\r\n");
  const payload = "x".repeat(250_000);
  for (let sent = 0; sent < 100; sent += 1) {
    other.send(`PUB a ${payload.length}\r\n${payload}\r\nPING\r\n`);
    await other.until("PONG\r\n");
  }
  const got = await slow.gone();
  assert.ok(got.length < 100 * payload.length, "it was cut off before the end");
  assert.equal(got.slice(-24), "\r\n-ERR 'Slow Consumer'\r\n");
  other.socket.destroy();
});

test("close() ends clients after what was under way", { timeout }, async () => {
  const broker = await startBroker({ port: 0, log: silentLog });
  const client = await greeted(broker.port);
  client.send("SUB a 1\r\nPUB a 3\r\nend\r\nPING\r\n");
  await client.until("PONG\r\n");
  await Promise.all([broker.close(), once(client.socket, "close")]);
  await broker.close();
  await using again = await startBroker({ port: broker.port, log: silentLog });
  assert.equal(again.port, broker.port);
});
