import assert from "node:assert/strict";
import { test } from "node:test";
import { blobBytesMax, messages, RefusedError, subjects } from "@memnet/protocol";
import {
  memoryNetwork,
  rememberingLog,
  settled,
  testActor,
  until,
  virtualClock,
} from "@memnet/service/testing";
import { Keeper } from "./keeper.ts";

const fields = { run: "mine", epoch: 3, trainingHash: "0".repeat(64) };
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const file = (step: number) => Promise.resolve(new TextEncoder().encode(`checkpoint of ${step}`));

/** Creates a keeper, and an evaluator that refuses with these codes in turn and then acknowledges. */
async function scene(refusals: string[] = []) {
  const network = memoryNetwork();
  const clock = virtualClock();
  const { log, lines } = rememberingLog();
  const coordinator = await testActor(network, "coordinator", { clock, log });
  const evaluator = await testActor(network, "evaluator");
  const asked: number[] = [];
  const kept: string[] = [];
  const acknowledged: number[] = [];
  const stop = new AbortController();
  return {
    clock,
    lines,
    coordinator,
    evaluator,
    asked,
    kept,
    acknowledged,
    stop,
    keeper: new Keeper(coordinator, fields, stop.signal, (step) => void acknowledged.push(step)),
    async serve() {
      const { messenger } = evaluator;
      messenger.serve(messages.snapshot, messages.done, subjects.evaluator.snapshot, async (question) => {
        asked.push(question.step);
        const refusal = refusals.shift();
        if (refusal) throw new RefusedError(refusal, "as planned");
        const [checkpoint, records] = [
          await messenger.pull(question.checkpoint, "coordinator", blobBytesMax),
          await messenger.pull(question.records, "coordinator", blobBytesMax),
        ];
        kept.push(
          `${question.run} ${question.epoch} ${question.step}: ${text(checkpoint)}; ${text(records)}`,
        );
        return { ok: true as const };
      });
      await settled(messenger.bus);
      await settled(coordinator.messenger.bus);
    },
    async [Symbol.asyncDispose]() {
      await coordinator[Symbol.asyncDispose]();
      await evaluator[Symbol.asyncDispose]();
      await network.stop();
    },
  };
}

test("Keeper.keep() sends each step's checkpoint with the lines since the previous one", async () => {
  await using at = await scene();
  await at.serve();
  at.keeper.note("one");
  at.keeper.note("two");
  const first = at.keeper.keep(2, file(2));
  at.keeper.note("three");
  await Promise.all([first, at.keeper.keep(3, file(3)), at.keeper.keep(4, file(4))]);
  assert.deepEqual(at.kept, [
    "mine 3 2: checkpoint of 2; one\ntwo\n",
    "mine 3 3: checkpoint of 3; three\n",
    "mine 3 4: checkpoint of 4; ",
  ]);
  assert.deepEqual(at.acknowledged, [2, 3, 4]);
});

test("Keeper.keep() asks again when an evaluator says hello, since the one that was asked may be gone", async () => {
  await using at = await scene();
  const { messenger } = at.evaluator;
  let answers = false;
  messenger.serve(messages.snapshot, messages.done, subjects.evaluator.snapshot, (question) => {
    at.asked.push(question.step);
    return answers ? { ok: true as const } : new Promise<never>(() => {});
  });
  await settled(messenger.bus);
  const kept = at.keeper.keep(2, file(2));
  await until(() => at.asked.length === 1);
  const hello = { id: "e", machine: "m", run: null, metricsPort: null };
  messenger.send(messages.hello, subjects.hello, { ...hello, role: "trainer" });
  await settled(messenger.bus);
  await settled(at.coordinator.messenger.bus);
  answers = true;
  assert.equal(at.asked.length, 1, "a trainer's hello is nothing to it");
  messenger.send(messages.hello, subjects.hello, { ...hello, role: "evaluator" });
  await at.clock.passUntil(kept);
  assert.deepEqual([at.asked, at.acknowledged], [[2, 2], [2]]);
  assert.ok(at.clock.now() < 1000, `in ${at.clock.now()} ms, where an answer is waited for 30 s`);
});

test("Keeper.keep() retries the oldest snapshot until it is stored: first no evaluator, then no disk space", async () => {
  await using at = await scene(["DISK", "DISK", "BUSY", "INTERNAL"]);
  at.keeper.note("one");
  const kept = [at.keeper.keep(2, file(2)), at.keeper.keep(4, file(4))];
  await at.clock.passUntil(until(() => at.lines.length > 0));
  assert.deepEqual(at.acknowledged, []);
  await at.serve();
  await at.clock.passUntil(Promise.all(kept));
  assert.deepEqual(at.asked, [2, 2, 2, 2, 2, 4]);
  assert.deepEqual(at.acknowledged, [2, 4]);
  assert.equal(at.kept[0], "mine 3 2: checkpoint of 2; one\n");
  const [line] = at.lines;
  assert.deepEqual([line?.message, line?.fields.kind], ["Waiting for the evaluator", "snapshot"]);
});

test("Keeper.keep() rejects and stops asking if another coordinator has the run", async () => {
  await using at = await scene(["EPOCH"]);
  await at.serve();
  const kept = await Promise.allSettled([at.keeper.keep(2, file(2)), at.keeper.keep(4, file(4))]);
  for (const one of kept) {
    assert.ok(one.status === "rejected" && one.reason instanceof RefusedError && one.reason.code === "EPOCH");
  }
  assert.deepEqual(at.asked, [2]);
  assert.deepEqual(at.acknowledged, []);
});

test("Keeper.keep() offers its blobs until they are stored, and no longer", async () => {
  await using at = await scene();
  const { blobs } = at.coordinator.messenger;
  const { hash } = blobs.offer("elsewhere", await file(2));
  blobs.withdraw("elsewhere");
  const kept = at.keeper.keep(2, file(2));
  await at.clock.passUntil(until(() => at.lines.length > 0));
  assert.equal(text(blobs.range(hash, 0, 100)), "checkpoint of 2");
  await at.serve();
  await at.clock.passUntil(kept);
  assert.throws(() => blobs.range(hash, 0, 100), /No blob/);
});

test("Keeper.keep() rejects with the signal's reason if no evaluator answers", async () => {
  await using at = await scene();
  const kept = assert.rejects(at.keeper.keep(2, file(2)), /as planned/);
  await at.clock.passUntil(until(() => at.lines.length > 0));
  at.stop.abort(new Error("as planned"));
  await kept;
});

test("Keeper.keep() rejects if the checkpoint cannot be made", async () => {
  await using at = await scene();
  await at.serve();
  await assert.rejects(at.keeper.keep(2, Promise.reject(new Error("as planned"))), /as planned/);
  assert.deepEqual(at.asked, []);
});
