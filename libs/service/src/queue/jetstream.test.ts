import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect } from "@nats-io/transport-node";
import { skipWithout, startNatsServer } from "../testing.ts";
import { JetStreamQueue } from "./jetstream.ts";

const skip = skipWithout("nats-server");
const never = new AbortController().signal;

function storeIn(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "memnet-queue-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function opened(context: TestContext, url: string): Promise<JetStreamQueue> {
  const connection = await connect({ servers: url });
  context.after(() => connection.close());
  return JetStreamQueue.open(connection);
}

function run(name: string, kind: "cpu" | "gpu" = "cpu", sweep = "rates") {
  return { kind, sweep, run: name, payload: new TextEncoder().encode(name) };
}

test("JetStreamQueue gives each run to one worker, and again if it is given back", {
  skip,
  timeout: 60_000,
}, async (context) => {
  await using server = await startNatsServer(["-js", "-sd", storeIn(context)]);
  const owner = await opened(context, server.url);
  const [a, b] = [await opened(context, server.url), await opened(context, server.url)];
  for (const name of ["one", "two", "one"]) await owner.put(run(name));
  assert.deepEqual(await owner.runs("rates"), new Set(["one", "two"]));
  assert.deepEqual(await owner.runs("other"), new Set());

  const first = await a.take("cpu", never);
  const second = await b.take("cpu", never);
  assert.deepEqual([first?.run, second?.run], ["one", "two"]);
  assert.equal(new TextDecoder().decode(first!.payload), "one");
  assert.deepEqual([first!.kind, first!.sweep, first!.deliveries], ["cpu", "rates", 1]);
  assert.deepEqual(await owner.length("cpu"), { waiting: 0, taken: 2 });
  // A run that a worker has is still in the queue, so nobody adds it again.
  await owner.put(run("one"));
  first!.giveBack(0);
  const again = await b.take("cpu", never);
  assert.deepEqual([again?.run, again?.deliveries], ["one", 2]);

  await again!.done();
  second!.drop("it cannot be trained");
  while ((await owner.runs("rates")).size > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await a.take("cpu", AbortSignal.abort()), null);
  // Once it is done, the same command may add it again.
  await owner.put(run("one"));
  assert.equal((await a.take("cpu", never))?.run, "one");
});

test("JetStreamQueue keeps the kinds and the sweeps apart", { skip, timeout: 60_000 }, async (context) => {
  await using server = await startNatsServer(["-js", "-sd", storeIn(context)]);
  const queue = await opened(context, server.url);
  await queue.put(run("one", "gpu"));
  await queue.put(run("two", "cpu", "slots"));
  await queue.put(run("three"));
  assert.equal((await queue.take("gpu", never))?.run, "one");
  await queue.put(run("four"));
  await queue.remove("rates", "four");
  await queue.clear("slots");
  assert.deepEqual(await queue.runs("slots"), new Set());
  assert.equal((await queue.take("cpu", never))?.run, "three");
});

test("JetStreamQueue survives a restart of the server, and one that loses its disk", {
  skip,
  timeout: 60_000,
}, async (context) => {
  const folder = storeIn(context);
  await using server = await startNatsServer(["-js", "-sd", folder]);
  const queue = await opened(context, server.url);
  await queue.put(run("one"));
  await server.restart();
  const eventually = async <T>(what: () => Promise<T>): Promise<T> => {
    for (;;) {
      try {
        return await what();
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  };
  assert.equal((await eventually(() => queue.take("cpu", never)))?.run, "one");
  await server.stop();
  rmSync(folder, { recursive: true });
  await server.restart();
  assert.equal(await eventually(() => queue.take("cpu", never)), null);
  await queue.put(run("one"));
  assert.equal((await queue.take("cpu", never))?.run, "one");
});
