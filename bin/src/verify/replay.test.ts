/** Replays of a small run, with threads and a real engine. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import {
  builtInTask,
  decodeCheckpoint,
  encodeCheckpoint,
  initialParameters,
  type Learner,
  modelOf,
  newLearner,
  type Settings,
  type StepRecord,
  train,
} from "memnet";
import type { Plan } from "./plan.ts";
import { replay } from "./replay.ts";
import { threadedSums } from "./sums.ts";

const engine = "wasm";
/** An uneven tree: its nodes differ in size, whatever the number of cores. */
const settings: Settings = {
  controller: { hidden: 5 },
  memory: { slots: 6, width: 3 },
  heads: { reads: 2, writes: 1 },
  sequencesPerStep: 6,
  microBatch: 2,
};

const records = new Map<number, StepRecord>();
const whole = await train({
  engine,
  settings: { ...settings, steps: 6 },
  onStep: (record) => void records.set(record.step, record),
});
const half = await train({ engine, settings: { ...settings, steps: 3 } });
const { training } = whole.config;
const sums = await threadedSums({ training, taskFile: null });
after(() => sums[Symbol.asyncDispose]());

function fresh(seed = training.seed): Learner {
  const model = modelOf(training, builtInTask(training.task.name));
  return newLearner({ ...training, seed }, model, initialParameters(model, seed));
}

/** Returns a plan with what the run would have recorded, and with hashes and files at steps 3 and 6. */
function planned(changes: Partial<Plan> = {}): Plan {
  const hashes = new Map([
    [3, half.sha256],
    [6, whole.sha256],
  ]);
  const files = new Map([
    [3, ["3"]],
    [6, ["6", "best"]],
  ]);
  return { from: 0, checkpoint: null, to: 6, hashes, records, lost: new Set<number>(), files, ...changes };
}

const kept: Readonly<Record<string, Uint8Array>> = {
  3: half.checkpoint(),
  6: whole.checkpoint(),
  best: whole.checkpoint(),
};

function replayed(plan: Plan, { start = fresh(), files = kept } = {}) {
  return replay(plan, start, { sumOf: (learner) => sums.of(learner), read: (path) => files[path] ?? null });
}

function flipped(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy[copy.length - 5]! ^= 1;
  return copy;
}

test("replay() with threads gives the result of train() in one process", async () => {
  const { differences, ...rest } = await replayed(planned());
  assert.deepEqual(differences, []);
  assert.deepEqual(rest, {
    from: 0,
    to: 6,
    hashes: { agreed: 2, compared: 2 },
    files: { agreed: 3, compared: 3 },
    steps: { agreed: 6, compared: 6 },
    lost: 0,
    sha256: whole.sha256,
  });
});

test("replay() resumes from a checkpoint, and skips a file that is gone", async () => {
  const start = decodeCheckpoint(kept[3]!);
  const { best, 6: last } = kept;
  const plan = planned({ from: 3, checkpoint: "3", files: new Map([[6, ["6", "best", "gone"]]]) });
  const { steps, hashes, files, differences } = await replayed(plan, {
    start,
    files: { best: best!, 6: last! },
  });
  assert.deepEqual(differences, []);
  assert.deepEqual([steps.compared, hashes.compared, files.compared], [3, 2, 2]);
});

test("replay() finds a flipped bit in a file, and continues past it", async () => {
  const { to, files, hashes, differences } = await replayed(planned(), {
    files: { ...kept, 3: flipped(kept[3]!) },
  });
  assert.deepEqual([to, files, hashes], [6, { agreed: 2, compared: 3 }, { agreed: 2, compared: 2 }]);
  assert.equal(differences.length, 1);
  const [{ step, what, why, recorded, recomputed }] = differences as [(typeof differences)[0]];
  assert.deepEqual([step, what], [3, "3"]);
  assert.match(why!, /^Cannot use this checkpoint: the checksum of its (parameters|optimizer) must be /);
  assert.notEqual(recorded, recomputed);
});

test("replay() says in what a whole file differs from the run's", async () => {
  const why = async (bytes: Uint8Array) => {
    const { differences } = await replayed(planned({ to: 3 }), { files: { ...kept, 3: bytes } });
    return differences[0]?.why;
  };
  assert.equal(await why(kept[6]!), "it is of step 6");
  const other = fresh(2);
  assert.equal(await why(encodeCheckpoint(other)), "it is of another configuration, in seed");
  const bent = decodeCheckpoint(kept[3]!);
  bent.parameters[0]! += 1;
  assert.match((await why(encodeCheckpoint(bent)))!, /^its parameters' SHA-256 is [0-9a-f]{64}$/);
  const slot = decodeCheckpoint(kept[3]!);
  Object.values(slot.optimizer.averages)[0]![0]! += 1;
  assert.match((await why(encodeCheckpoint(slot)))!, /^its parameters agree, its optimizer state/);
});

test("replay() stops at parameters that differ, naming both hashes", async () => {
  const hashes = new Map([
    [3, whole.sha256],
    [6, whole.sha256],
  ]);
  const result = await replayed(planned({ hashes }));
  assert.deepEqual([result.to, result.hashes], [3, { agreed: 0, compared: 1 }]);
  assert.deepEqual(result.differences, [
    { step: 3, what: "parameters", recorded: whole.sha256, recomputed: half.sha256 },
  ]);
});

test("replay() finds an altered loss and a step without a line, the first of each kind", async () => {
  const altered = new Map(records);
  const { loss } = records.get(2)!;
  altered.set(2, { ...records.get(2)!, loss: loss! + 1e-9 });
  altered.delete(4);
  const { to, steps, differences } = await replayed(planned({ records: altered }));
  assert.deepEqual([to, steps], [6, { agreed: 4, compared: 6 }]);
  assert.deepEqual(differences, [
    { step: 2, what: "loss", recorded: loss! + 1e-9, recomputed: loss },
    { step: 4, what: "gradientNorm", recorded: "no line", recomputed: records.get(4)!.gradientNorm },
  ]);
});

test("replay() finds a different seed at the first hash", async () => {
  const { to, differences } = await replayed(planned({ files: new Map() }), { start: fresh(2) });
  assert.equal(to, 3);
  assert.deepEqual(
    differences.map(({ step, what }) => [step, what]),
    [
      [1, "loss"],
      [1, "gradientNorm"],
      [3, "parameters"],
    ],
  );
});

test("threadedSums() gives this machine's fingerprint, and rejects an engine that does not exist", async () => {
  assert.match(await sums.fingerprint(), /^[0-9a-f]{64}$/);
  const unknown = threadedSums({ training: { ...training, engine: "abacus" }, taskFile: null });
  await assert.rejects(unknown, /Unknown engine "abacus"/);
});
