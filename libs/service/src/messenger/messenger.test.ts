import assert from "node:assert/strict";
import { test } from "node:test";
import {
  blobBytesMax,
  encode,
  hashOf,
  messages,
  Packet,
  ProtocolError,
  protocolVersion,
  RefusedError,
  rangeBytesMax,
  subjects,
} from "@memnet/protocol";
import { NoRespondersError } from "../bus/bus.ts";
import { MemoryBus, MemoryNetwork } from "../bus/memory.ts";
import { silentLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { counted, memoryNetwork, rememberingLog, settled, testActor, virtualClock } from "../testing.ts";
import { Gathered } from "./gathered.ts";
import { Messenger } from "./messenger.ts";

const none = new Uint8Array(0);
const zeros = "0".repeat(64);
const secret = "0".repeat(32);
const goodbye = { run: "mine", epoch: 1, trainingHash: zeros, trainer: "t1", secret, unable: null };
const { evaluator } = subjects;
const listed = { ok: true as const, runs: [] };

/** Creates two actors on one network. */
async function two() {
  const network = memoryNetwork();
  const clock = virtualClock();
  const { log, lines } = rememberingLog();
  const one = await testActor(network, "operator", { clock, log });
  const other = await testActor(network, "operator");
  return {
    network,
    clock,
    lines,
    one,
    other,
    here: one.messenger,
    there: other.messenger,
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
      await network.stop();
    },
  };
}

/** Returns bytes that differ from index to index. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => index * 31 + (index >> 8));
}

/** Matches a refusal with this code, for assert.rejects. */
function refused(code: string, message = /./) {
  return (error: unknown) =>
    error instanceof RefusedError && error.code === code && message.test(error.message);
}

/** Encodes a message as a peer of another protocol version would send it. */
function ofVersion(version: number, frame: Uint8Array): Uint8Array {
  assert.equal(frame[5], protocolVersion, "the header starts with an array of three, the version first");
  const other = frame.slice();
  other[5] = version;
  return other;
}

test("Messenger.send() reaches its subscribers in order, with the body", async () => {
  await using scene = await two();
  const { here, there, one, other } = scene;
  const heard: unknown[] = [];
  here.hear(messages.goodbye, "test", (fields, body) => void heard.push([fields, [...body]]));
  await settled(here.bus);
  assert.equal(there.send(messages.goodbye, "test", goodbye, Uint8Array.of(1, 2)), true);
  assert.equal(there.send(messages.goodbye, "test", { ...goodbye, epoch: 2 }), true);
  await settled(there.bus);
  await settled(here.bus);
  assert.deepEqual(heard, [
    [goodbye, [1, 2]],
    [{ ...goodbye, epoch: 2 }, []],
  ]);
  const goodbyes = { kind: "goodbye" };
  assert.equal(await counted(other.metrics, "memnet_messages_total", { ...goodbyes, direction: "out" }), 2);
  assert.equal(await counted(one.metrics, "memnet_messages_total", { ...goodbyes, direction: "in" }), 2);
});

test("Messenger.send() returns false and counts nothing while the connection is down", async () => {
  await using scene = await two();
  await scene.here.bus.close();
  assert.equal(scene.here.send(messages.goodbye, "test", goodbye), false);
  assert.equal(
    await counted(scene.one.metrics, "memnet_messages_total", { kind: "goodbye", direction: "out" }),
    0,
  );
});

test("Messenger.hear() counts garbage by reason, logs it once a second, and keeps listening", async () => {
  await using scene = await two();
  const { here, there, clock } = scene;
  const heard: unknown[] = [];
  here.hear(messages.goodbye, "test", (fields) => void heard.push(fields));
  await settled(here.bus);
  const good = encode(messages.goodbye, goodbye);
  const garbage = [
    new Uint8Array(3),
    pattern(64),
    good.subarray(0, good.length - 8),
    encode(messages.removeRun, { run: "mine" }),
    encode(messages.goodbye, { ...goodbye, epoch: -1 }),
    ofVersion(9, good),
  ];
  for (const data of [...garbage, good]) there.bus.publish("test", Packet.received(data));
  await settled(there.bus);
  await settled(here.bus);
  clock.advance(1000);
  there.bus.publish("test", Packet.received(new Uint8Array(1)));
  await settled(there.bus);
  await settled(here.bus);
  assert.deepEqual(heard, [goodbye]);
  const rejected = (reason: string) =>
    counted(scene.one.metrics, "memnet_messages_rejected_total", { kind: "goodbye", reason });
  const counts = await Promise.all(["MALFORMED", "KIND", "SCHEMA", "VERSION"].map(rejected));
  assert.deepEqual(counts, [4, 1, 1, 1]);
  assert.deepEqual(
    scene.lines.map(({ message, fields }) => [message, fields.reason, fields.count]),
    [
      ["Dropped a message", "MALFORMED", 1],
      ["Dropped a message", "MALFORMED", 6],
    ],
  );
});

test("Messenger ignores an empty message", async () => {
  await using scene = await two();
  const { here, there } = scene;
  here.serve(messages.removeRun, messages.runList, "test", () => listed);
  await settled(here.bus);
  there.bus.publish("test", Packet.received(new Uint8Array(0)));
  await assert.rejects(there.bus.request("test", Packet.received(new Uint8Array(0)), 20), {
    name: "RequestTimeoutError",
  });
  assert.deepEqual(scene.lines, []);
  assert.equal(await counted(scene.one.metrics, "memnet_messages_rejected_total"), 0);
});

test("Messenger.ask() gets the answer of serve(), with bodies both ways", async () => {
  await using scene = await two();
  scene.here.serve(messages.removeRun, messages.runList, "test", async ({ run }, body) => ({
    fields: {
      ...listed,
      runs: [
        {
          ...{ run, state: "ended" as const, step: 1, steps: 1, audited: 0, best: null },
          ...{ spikes: { count: 0, last: null }, note: { text: "", tags: [] }, model: "ntm", task: "copy" },
        },
      ],
    },
    body: body.slice().reverse(),
  }));
  await settled(scene.here.bus);
  const question = { run: "mine" };
  const body = Uint8Array.of(1, 2, 3);
  const ask = [messages.removeRun, messages.runList, "test", question, 5000, body] as const;
  const answer = await scene.there.ask(...ask);
  assert.equal(answer.fields.runs[0]?.run, "mine");
  assert.deepEqual([...answer.body], [3, 2, 1]);
});

test("Messenger.ask() throws a refusal with its code, and the bus's errors", async () => {
  await using scene = await two();
  scene.here.serve(messages.removeRun, messages.done, "thrown", () => {
    throw new RefusedError("HELD", "The run is held");
  });
  scene.here.serve(messages.removeRun, messages.done, "given", () => ({
    ok: false as const,
    code: "DISK",
    message: "No room",
  }));
  await settled(scene.here.bus);
  const ask = (subject: string) =>
    scene.there.ask(messages.removeRun, messages.done, subject, { run: "mine" }, 5000);
  await assert.rejects(ask("thrown"), refused("HELD", /^The run is held$/));
  await assert.rejects(ask("given"), refused("DISK", /^No room$/));
  await assert.rejects(ask("nobody"), NoRespondersError);
  assert.deepEqual(scene.lines, [], "a refusal is no fault of the answerer's");
});

test("Messenger.ask() throws if the answer is of another kind", async () => {
  await using scene = await two();
  scene.here.serve(messages.removeRun, messages.pulled, "test", () => ({ ok: true as const }));
  await settled(scene.here.bus);
  const asked = scene.there.ask(messages.removeRun, messages.done, "test", { run: "mine" }, 5000);
  await assert.rejects(asked, (error) => error instanceof ProtocolError && error.code === "KIND");
});

test("Messenger.serve() answers INTERNAL for its handler's own error, and logs it", async () => {
  await using scene = await two();
  const handlers = {
    thrown: () => {
      throw new TypeError("as planned");
    },
    rejected: () => Promise.reject(new TypeError("as planned")),
    oversized: () => ({ fields: { ok: true as const }, body: new Uint8Array(600 * 1024) }),
  };
  for (const [subject, handler] of Object.entries(handlers)) {
    scene.here.serve(messages.removeRun, messages.done, subject, handler);
  }
  await settled(scene.here.bus);
  for (const subject of Object.keys(handlers)) {
    const asked = scene.there.ask(messages.removeRun, messages.done, subject, { run: "mine" }, 5000);
    await assert.rejects(asked, refused("INTERNAL", /as planned|its body must be at most/));
  }
  assert.deepEqual(
    scene.lines.map(({ level, message, fields }) => [level, message, fields.kind]),
    Array(3).fill(["error", "Cannot answer a question", "remove"]),
  );
});

test("Messenger.serve() truncates a refusal to the protocol's limit", async () => {
  await using scene = await two();
  for (const length of [5000, 300_000]) {
    scene.here.serve(messages.removeRun, messages.done, `test.${length}`, () => {
      throw new RefusedError("LONG", "y".repeat(length));
    });
  }
  await settled(scene.here.bus);
  for (const subject of ["test.5000", "test.300000"]) {
    const asked = scene.there.ask(messages.removeRun, messages.done, subject, { run: "mine" }, 2000);
    await assert.rejects(asked, refused("LONG", /^y{4096}$/));
  }
});

test("Messenger.serve() refuses requests beyond its bound as BUSY, and recovers", async () => {
  await using scene = await two();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  scene.here.serve(messages.removeRun, messages.done, "test", async () => {
    await held;
    return { ok: true as const };
  });
  await settled(scene.here.bus);
  const ask = () => scene.there.ask(messages.removeRun, messages.done, "test", { run: "mine" }, 10_000);
  const under = Array.from({ length: 256 }, ask);
  await assert.rejects(ask(), refused("BUSY", /^256 questions/));
  release();
  assert.equal((await Promise.all(under)).length, 256);
  assert.deepEqual((await ask()).fields, { ok: true });
});

test("Messenger.serve() refuses a malformed request, or one of another version, by code", async () => {
  await using scene = await two();
  let asked = 0;
  scene.here.serve(messages.removeRun, messages.done, "test", () => {
    asked++;
    return { ok: true as const };
  });
  await settled(scene.here.bus);
  const answerTo = async (question: Uint8Array) => {
    const answer = await scene.there.bus.request("test", Packet.received(question), 5000);
    return answer.open(messages.done).fields;
  };
  const question = encode(messages.removeRun, { run: "mine" });
  assert.deepEqual(await answerTo(ofVersion(9, question)), {
    ok: false,
    code: "VERSION",
    message: `The protocol version must be ${protocolVersion}, got 9`,
  });
  const codes = await Promise.all(
    [pattern(50), encode(messages.stop, { run: "mine" }), encode(messages.removeRun, { run: "no name" })].map(
      async (bad) => {
        const answer = await answerTo(bad);
        return answer.ok || answer.code;
      },
    ),
  );
  assert.deepEqual(codes, ["MALFORMED", "KIND", "SCHEMA"]);
  assert.equal(asked, 0);
});

test("Messenger.askAll() collects the answers without refusals and malformed ones", async () => {
  await using scene = await two();
  await using third = await testActor(scene.network, "operator");
  await using asker = await testActor(scene.network, "operator");
  const answer = (step: number) => ({ ok: true as const, state: "stopped" as const, step });
  scene.here.serve(messages.stop, messages.stopped, "test", () => answer(1));
  scene.there.serve(messages.stop, messages.stopped, "test", () => answer(2));
  third.messenger.serve(messages.stop, messages.stopped, "test", () => {
    throw new RefusedError("RUN", "Not mine");
  });
  third.messenger.serve(messages.stop, messages.done, "test", () => ({ ok: true as const }));
  for (const { bus } of [scene.here, scene.there, third.messenger]) await settled(bus);
  const answers = await asker.messenger.askAll(messages.stop, messages.stopped, "test", { run: "mine" }, 500);
  assert.deepEqual(answers.map(({ step }) => step).sort(), [1, 2]);
  const rejected = { kind: "stopped", reason: "KIND" };
  assert.equal(await counted(asker.metrics, "memnet_messages_rejected_total", rejected), 1);
  assert.deepEqual(
    await asker.messenger.askAll(messages.stop, messages.stopped, "nobody", { run: "mine" }, 100),
    [],
  );
});

test("Messenger.payload() sends small bytes as a body, which received() checks", async () => {
  await using scene = await two();
  const bytes = pattern(512 * 1024);
  const { fields, body } = scene.here.payload("tensor", bytes);
  assert.deepEqual(fields, { hash: hashOf(bytes), blob: null });
  assert.equal(await scene.there.received(fields, body, "operator", bytes.length), body);
  const other = { ...fields, hash: zeros };
  await assert.rejects(
    scene.there.received(other, body, "operator", bytes.length),
    /^ProtocolError: The body's hash must be 0000/,
  );
});

test("Messenger.payload() announces large bytes, which received() pulls in ranges", async () => {
  await using scene = await two();
  const bytes = pattern(2 * rangeBytesMax + 1000);
  const { fields, body } = scene.here.payload("tensor", bytes);
  assert.equal(body.length, 0);
  assert.deepEqual(fields.blob, { owner: scene.here.id, hash: hashOf(bytes), bytes: bytes.length });
  await settled(scene.here.bus);
  assert.deepEqual(await scene.there.received(fields, body, "operator", bytes.length), bytes);
  assert.equal(
    await counted(scene.one.metrics, "memnet_messages_total", { kind: "pull", direction: "in" }),
    3,
  );
});

test("Messenger.received() compares the length before it takes any memory", async () => {
  await using scene = await two();
  const blob = { owner: scene.here.id, hash: zeros, bytes: 2 ** 31 - 1 };
  await assert.rejects(scene.there.received({ hash: zeros, blob }, none, "operator", 1000), {
    code: "SIZE",
    message: "The blob must have 1000 bytes, got 2147483647",
  });
  await assert.rejects(scene.there.received({ hash: zeros, blob: null }, none, "operator", 1000), {
    code: "SIZE",
    message: "The body must have 1000 bytes, got 0",
  });
});

test("Messenger.received() rejects a blob whose hash differs from the message's", async () => {
  await using scene = await two();
  const { fields, body } = scene.here.payload("tensor", pattern(600_000));
  await settled(scene.here.bus);
  const other = { ...fields, hash: zeros };
  await assert.rejects(
    scene.there.received(other, body, "operator", 600_000),
    /^ProtocolError: The blob's hash must be 0000/,
  );
});

test("Messenger.pull() returns an empty blob without a request", async () => {
  await using scene = await two();
  const empty = { owner: "gone", hash: hashOf(new Uint8Array(0)), bytes: 0 };
  assert.equal((await scene.there.pull(empty, "operator", blobBytesMax)).length, 0);
});

test("Messenger.pull() compares the length before it takes any memory", async () => {
  await using scene = await two();
  const huge = { owner: scene.here.id, hash: zeros, bytes: blobBytesMax };
  await assert.rejects(scene.there.pull(huge, "operator", 1000), {
    code: "SIZE",
    message: "The blob must have at most 1000 bytes, got 2147483647",
  });
});

test("Messenger.pull() asks only an owner of the named role", async () => {
  await using scene = await two();
  const blob = scene.here.blobs.offer("tensor", pattern(1000));
  await settled(scene.here.bus);
  await assert.rejects(scene.there.pull(blob, "evaluator", blobBytesMax), NoRespondersError);
});

test("Messenger.pull() checks the length of every range and the hash of the whole", async () => {
  await using scene = await two();
  const { blobs } = scene.here;
  await settled(scene.here.bus);
  const wrong = blobs.offer("false", pattern(1000), zeros);
  await assert.rejects(
    scene.there.pull(wrong, "operator", blobBytesMax),
    /^ProtocolError: The blob's hash must be 0000/,
  );
  const short = { ...blobs.offer("short", pattern(2000)), bytes: 2010 };
  await assert.rejects(
    scene.there.pull(short, "operator", blobBytesMax),
    /^ProtocolError: A part must have 2010 bytes, got 2000/,
  );
  const shorter = { ...blobs.offer("shorter", pattern(rangeBytesMax)), bytes: rangeBytesMax + 10 };
  await assert.rejects(scene.there.pull(shorter, "operator", blobBytesMax), refused("RANGE"));
});

test("Messenger.pull() is refused as GONE if the blob was withdrawn meanwhile", async () => {
  await using scene = await two();
  const { here, there } = scene;
  const blob = here.blobs.offer("tensor", pattern(3 * rangeBytesMax));
  let ranges = 0;
  // This subscription sees each request after the owner has answered it.
  here.bus.subscribe(subjects.pull("operator", here.id), () => {
    if (++ranges === 2) here.blobs.withdraw("tensor");
  });
  await settled(here.bus);
  await assert.rejects(there.pull(blob, "operator", blobBytesMax), refused("GONE", new RegExp(blob.hash)));
  assert.equal(ranges, 3);
});

test("Messenger.serve() shares questions within a queue group", async () => {
  await using scene = await two();
  const answered = [0, 0];
  for (const [index, messenger] of [scene.here, scene.there].entries()) {
    const answer = () => {
      answered[index]!++;
      return { ok: true as const };
    };
    messenger.serve(messages.removeRun, messages.done, evaluator.remove, answer, { queue: "group" });
    await settled(messenger.bus);
  }
  for (let index = 0; index < 40; index++) {
    await scene.there.ask(messages.removeRun, messages.done, evaluator.remove, { run: "mine" }, 5000);
  }
  assert.equal(answered[0]! + answered[1]!, 40);
  assert.ok(answered[0]! > 0 && answered[1]! > 0, answered.join(" "));
});

test("Messenger.pull() checks the whole, and drops what had arrived if it is wrong", async () => {
  await using scene = await two();
  const bytes = pattern(2 * rangeBytesMax + 10);
  const blob = scene.here.blobs.offer("tensor", bytes);
  await settled(scene.here.bus);
  const gathered = new Gathered(bytes.length, rangeBytesMax);
  gathered.add(rangeBytesMax, new Uint8Array(rangeBytesMax));
  await assert.rejects(
    scene.there.pull(blob, "operator", blobBytesMax, gathered),
    new RegExp(`^ProtocolError: The blob's hash must be ${blob.hash}`),
  );
  assert.deepEqual(await scene.there.pull(blob, "operator", blobBytesMax, gathered), bytes);
  const pulls = { kind: "pull", direction: "in" };
  assert.equal(await counted(scene.one.metrics, "memnet_messages_total", pulls), 2 + 3);
});

test("Messenger.pull() has 32 ranges of all blobs under way", async () => {
  await using scene = await two();
  const bytes = pattern(8 * rangeBytesMax);
  let answered = () => {};
  const may = new Promise<void>((resolve) => {
    answered = resolve;
  });
  let asked = 0;
  scene.here.serve(
    messages.pull,
    messages.pulled,
    subjects.pull("operator", "other"),
    async ({ offset, bytes: length }) => {
      asked++;
      await may;
      return { fields: { ok: true as const }, body: bytes.subarray(offset, offset + length) };
    },
  );
  await settled(scene.here.bus);
  const blob = { owner: "other", hash: hashOf(bytes), bytes: bytes.length };
  const pulls = Array.from({ length: 5 }, () => scene.there.pull(blob, "operator", blobBytesMax));
  await settled(scene.there.bus);
  assert.equal(asked, 32);
  answered();
  for (const pulled of await Promise.all(pulls)) assert.deepEqual(pulled, bytes);
  assert.equal(asked, 40);
});

test("Messenger.broadcast() sends parts to all, up to a bound", async () => {
  await using scene = await two();
  const cuts = { bodyBytesMax: 8, rangeBytesMax: 4, broadcastBytesMax: 10 };
  const { clock, log } = scene.one;
  const metrics = createMetrics({ service: "test", processMetrics: false });
  const sender = new Messenger({ bus: scene.here.bus, clock, log, metrics, cuts });
  const bytes = pattern(15);
  const heard: [number, Uint8Array][] = [];
  const subject = subjects.run("mine").parameters;
  scene.there.hear(messages.part, subject, ({ offset }, body) => void heard.push([offset, body]));
  await settled(scene.there.bus);
  const hash = hashOf(bytes);
  const fields = { run: "mine", epoch: 1, trainingHash: zeros, hash, bytes: bytes.length };
  sender.broadcast(messages.part, subject, (offset) => ({ ...fields, offset }), bytes);
  await settled(scene.here.bus);
  await settled(scene.there.bus);
  assert.deepEqual(heard, [
    [0, bytes.subarray(0, 4)],
    [4, bytes.subarray(4, 8)],
    [8, bytes.subarray(8, 12)],
  ]);
});

/** A bus with too much to send for long answers. */
class FullBus extends MemoryBus {
  protected override respond(...[reply, answer, question]: Parameters<MemoryBus["respond"]>): boolean {
    return answer.bytes.length < 1000 && super.respond(reply, answer, question);
  }
}

test("Messenger.serve() refuses as BUSY what its bus has no room for", async () => {
  const network = new MemoryNetwork({ isLocal: false });
  const clock = virtualClock();
  const messengerOn = (bus: MemoryBus) =>
    new Messenger({
      bus,
      clock,
      log: silentLog,
      metrics: createMetrics({ service: "test", processMetrics: false }),
    });
  const owner = messengerOn(new FullBus(network, { role: "operator", clock }));
  const asker = messengerOn(network.connect({ role: "operator", clock }));
  const blob = owner.blobs.offer("tensor", pattern(2000));
  const ask = (bytes: number) =>
    asker.ask(
      messages.pull,
      messages.pulled,
      subjects.pull("operator", owner.id),
      { hash: blob.hash, offset: 0, bytes },
      5000,
    );
  await assert.rejects(ask(2000), refused("BUSY"));
  assert.deepEqual((await ask(500)).body, pattern(2000).subarray(0, 500));
});
