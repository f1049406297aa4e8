import assert from "node:assert/strict";
import { test } from "node:test";
import { type QueueKind, subjects } from "@memnet/protocol";
import type { QueuedRun, RunQueue, TakenRun } from "@memnet/service";
import { rememberingLog, until, virtualClock } from "@memnet/service/testing";
import { builtInTask, presets, runConfig } from "memnet";
import { decodeJob, encodeJob, type Job } from "./job.ts";
import { lane, type Train, type TrainEnd } from "./lane.ts";

const { config } = {
  config: runConfig({ ...presets["original-ntm-copy"], engine: "wasm" }, builtInTask("copy")),
};

function job(run: string): Job {
  return { run, config, initial: null };
}

/** A queue in memory, which records what the lane does to its runs. */
class Queue implements RunQueue {
  readonly waiting: { run: QueuedRun; deliveries: number }[] = [];
  readonly did: string[] = [];
  broken = 0;

  async put(run: QueuedRun): Promise<void> {
    this.waiting.push({ run, deliveries: 0 });
  }

  async take(kind: QueueKind): Promise<TakenRun | null> {
    if (this.broken-- > 0) throw new Error("the queue is not there");
    const at = this.waiting.findIndex(({ run }) => run.kind === kind);
    const [one] = at < 0 ? [] : this.waiting.splice(at, 1);
    if (!one) {
      await new Promise((resolve) => setImmediate(resolve));
      return null;
    }
    const { run } = one;
    const deliveries = one.deliveries + 1;
    return {
      ...run,
      deliveries,
      working: () => void this.did.push(`working ${run.run}`),
      done: async () => void this.did.push(`done ${run.run}`),
      giveBack: (ms) => {
        this.did.push(`back ${run.run} ${ms}`);
        this.waiting.push({ run, deliveries });
      },
      drop: (reason) => void this.did.push(`drop ${run.run}: ${reason}`),
    };
  }

  async runs(): Promise<ReadonlySet<string>> {
    return new Set(this.waiting.map(({ run }) => run.run));
  }

  async length() {
    return { waiting: this.waiting.length, taken: 0 };
  }

  async remove(): Promise<void> {}

  async clear(): Promise<void> {}
}

function scene(train: Train) {
  const queue = new Queue();
  const clock = virtualClock();
  const { log, lines } = rememberingLog();
  const ended: string[] = [];
  const stopping = new AbortController();
  const parts = {
    queue,
    train,
    clock,
    log,
    onRun: () => {},
    onEnd: (end: TrainEnd["kind"]) => void ended.push(end),
  };
  const put = (run: string, payload = encodeJob(job(run)), kind: QueueKind = "cpu") =>
    queue.put({ kind, sweep: "rates", run, payload });
  const begin = () => lane(parts, "cpu", 0, stopping.signal);
  return { queue, clock, lines, ended, stopping, put, begin };
}

test("lane() trains one run after another, and takes only those of its kind", async () => {
  const trained: string[] = [];
  const { queue, put, begin, stopping, ended } = scene(async ({ run }) => {
    trained.push(run);
    return { kind: "over" };
  });
  await put("one");
  await put("two", undefined, "gpu");
  await put("three");
  const lane = begin();
  await until(() => ended.length === 2);
  stopping.abort();
  await lane;
  assert.deepEqual(
    [trained, queue.did],
    [
      ["one", "three"],
      ["done one", "done three"],
    ],
  );
});

test("lane() gives a run that fails to others, and gives it up the third time", async () => {
  const { queue, put, begin, stopping, lines } = scene(async () => ({
    kind: "failed",
    why: "its loss is not finite",
  }));
  await put("one");
  const lane = begin();
  await until(() => queue.did.length === 3);
  stopping.abort();
  await lane;
  assert.deepEqual(queue.did, ["back one 5000", "back one 5000", "drop one: its loss is not finite"]);
  assert.match(
    lines.findLast(({ level }) => level === "error")!.message,
    /^Gave up run one: its loss is not finite$/,
  );
});

test("lane() gives its run back at a stop, and leaves one that another worker holds", async () => {
  let end: TrainEnd = { kind: "elsewhere" };
  const { queue, put, begin, stopping, ended } = scene(async (_job, _lane, signal) => {
    if (end.kind === "stopped") await new Promise((resolve) => signal.addEventListener("abort", resolve));
    return end;
  });
  await put("one");
  const lane = begin();
  await until(() => ended.length === 1);
  end = { kind: "stopped" };
  await put("two");
  await until(() => queue.waiting.length === 0);
  stopping.abort();
  await lane;
  assert.deepEqual([ended, queue.did], [["elsewhere", "stopped"], ["back two 0"]]);
});

test("lane() tells the queue that it works, several times in the silence that is allowed", async () => {
  let finish = () => {};
  const { queue, clock, put, begin, stopping } = scene(async () => {
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    return { kind: "over" };
  });
  await put("one");
  const lane = begin();
  await until(() => queue.waiting.length === 0);
  await new Promise((resolve) => setImmediate(resolve));
  for (let second = 0; second < 10; second++) clock.advance(1000);
  assert.equal(queue.did.length, 3);
  finish();
  stopping.abort();
  await lane;
  assert.equal(queue.did.at(-1), "done one");
});

test("lane() drops what cannot be read, survives a queue that fails, and a train() that throws", async () => {
  const { queue, clock, put, begin, stopping } = scene(async () => {
    throw new Error("no process can be started");
  });
  queue.broken = 2;
  await put("torn", Uint8Array.of(1, 2));
  await put("wrong", encodeJob(job("another")));
  await put("one");
  const lane = begin();
  while (queue.did.length < 3) {
    clock.advance(1000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  stopping.abort();
  await lane;
  assert.match(queue.did[0]!, /^drop torn: its message cannot be read: /);
  assert.equal(queue.did[1], "drop wrong: its message is about run another");
  assert.equal(queue.did[2], "back one 5000");
});

test("a job survives its encoding, with initial parameters, and one that is too large is refused", () => {
  const whole = { ...job("one"), initial: Float32Array.of(1, -0, 0.5) };
  assert.deepEqual(decodeJob(encodeJob(whole)), whole);
  assert.deepEqual(decodeJob(encodeJob(job("one"))), job("one"));
  assert.throws(
    () => encodeJob({ ...whole, initial: new Float32Array(300_000) }),
    /^RangeError: Cannot queue run one: /,
  );
  assert.equal(subjects.queued("cpu", "rates", "one"), "memnet.queue.cpu.rates.one");
});
