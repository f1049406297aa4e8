import assert from "node:assert/strict";
import { test } from "node:test";
import type { RunQueue } from "@memnet/service";
import { memoryNetwork, testActor, until, virtualClock } from "@memnet/service/testing";
import { builtInTask, presets, runConfig } from "memnet";
import { encodeJob } from "./job.ts";
import type { TrainEnd } from "./lane.ts";
import { run } from "./run.ts";

const config = runConfig({ ...presets["original-ntm-copy"], engine: "wasm" }, builtInTask("copy"));

/** A worker of one lane that ends after 20 s without a run. */
async function scene() {
  const clock = virtualClock();
  const stopping = new AbortController();
  const waiting: string[] = [];
  let finish: ((end: TrainEnd) => void) | null = null;
  const queue: RunQueue = {
    async take(kind) {
      const name = waiting.shift();
      if (name === undefined) {
        await new Promise((resolve) => setImmediate(resolve));
        return null;
      }
      const payload = encodeJob({ run: name, config, initial: null });
      const nothing = { working() {}, async done() {}, giveBack() {}, drop() {} };
      return { kind, sweep: "rates", run: name, payload, deliveries: 1, ...nothing };
    },
    put: async () => {},
    runs: async () => new Set(waiting),
    length: async () => ({ waiting: waiting.length, taken: 0 }),
    remove: async () => {},
    clear: async () => {},
  };
  const actor = await testActor(memoryNetwork(), "worker", { clock });
  const train = () => new Promise<TrainEnd>((resolve) => (finish = resolve));
  const options = { kind: "cpu", lanes: 1, idleMsMax: 20_000 } as const;
  const ended = run({ actor, queue, train }, options, stopping.signal);
  return {
    ...{ clock, stopping, waiting, ended },
    training: () => until(() => finish !== null),
    finish(end: TrainEnd) {
      finish!(end);
      finish = null;
    },
    async [Symbol.asyncDispose]() {
      stopping.abort();
      await ended;
      await actor[Symbol.asyncDispose]();
    },
  };
}

test("run() ends when no lane has had a run for the idle time, and not while one trains", async () => {
  await using worker = await scene();
  worker.clock.advance(15_000);
  worker.waiting.push("one");
  await worker.training();
  worker.clock.advance(100_000);
  worker.waiting.push("two");
  worker.finish({ kind: "over" });
  await worker.training();
  worker.finish({ kind: "over" });
  await worker.clock.passUntil(worker.ended);
  assert.equal(await worker.ended, "idle");
  assert.deepEqual(worker.waiting, []);
});

test("run() tells a stop from an end for want of runs", async () => {
  await using worker = await scene();
  worker.clock.advance(15_000);
  worker.stopping.abort();
  assert.equal(await worker.ended, "stopped");
});
