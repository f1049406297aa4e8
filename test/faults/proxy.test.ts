import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import test from "node:test";
import { BrokerProxy } from "./proxy.ts";

/** An echo server, and a client that reaches it through a proxy. */
async function world() {
  const server: Server = createServer((socket) => {
    socket.on("error", () => {});
    socket.pipe(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const proxy = await BrokerProxy.start((server.address() as { port: number }).port);
  const clients: Socket[] = [];
  return {
    proxy,
    dial(): Socket {
      const client = connect(Number(new URL(proxy.url).port), "127.0.0.1");
      client.on("error", () => {});
      clients.push(client);
      return client;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy();
      await proxy[Symbol.asyncDispose]();
      server.close();
      await once(server, "close");
    },
  };
}

async function said(client: Socket, bytes: number): Promise<Buffer> {
  let all = Buffer.alloc(0);
  while (all.length < bytes) all = Buffer.concat([all, ((await once(client, "data")) as [Buffer])[0]]);
  return all;
}

test("BrokerProxy passes on every byte in order, more than buffers can hold", async () => {
  await using at = await world();
  const client = at.dial();
  const bytes = Buffer.from(Uint32Array.from({ length: 1 << 20 }, (_, index) => index * 2654435761).buffer);
  client.write(bytes);
  assert.deepEqual(await said(client, bytes.length), bytes);
});

test("BrokerProxy.cut() ends connections and refuses new ones until mend()", async () => {
  await using at = await world();
  const client = at.dial();
  client.write("a");
  await said(client, 1);
  at.proxy.cut();
  await once(client, "close");
  await once(at.dial(), "close");
  at.proxy.mend();
  const again = at.dial();
  again.write("b");
  assert.equal(String(await said(again, 1)), "b");
});

test("BrokerProxy.stall() keeps connections open and carries nothing until mend()", async () => {
  await using at = await world();
  const client = at.dial();
  client.write("a");
  await said(client, 1);
  at.proxy.stall();
  client.write("bc");
  const early = said(client, 2).then(() => "early");
  const passed = new Promise((resolve) => setTimeout(resolve, 50, "nothing"));
  assert.equal(await Promise.race([early, passed]), "nothing");
  at.proxy.mend();
  assert.equal(await early, "early");
});

test("BrokerProxy.delay() passes bytes on later, each way, in order", async () => {
  await using at = await world();
  const client = at.dial();
  client.write("a");
  await said(client, 1);
  at.proxy.delay(30);
  const begun = performance.now();
  client.write("b");
  client.write("c");
  assert.equal(String(await said(client, 2)), "bc");
  assert.ok(performance.now() - begun >= 59, "twice 30 ms");
});
