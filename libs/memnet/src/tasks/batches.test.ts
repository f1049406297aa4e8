import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "../batch.ts";
import { Draws, streams } from "../random/philox.ts";
import { assertSameBytes, float32, golden } from "../testing/golden.ts";
import { type BatchPlace, makeBatch, sideBySide } from "./batches.ts";
import { builtInTask, builtInTasks } from "./registry.ts";
import { fixed, type Sequence, type Task, type TaskSettings } from "./task.ts";

const file = golden("batches");
const seed = Number(file.metadata.seed);
const seed64 = Number(file.metadata.seed64);
const copy = builtInTask("copy");

function assertGolden(name: string, batch: Batch): void {
  for (const part of ["x", "y", "mask"] as const) {
    assertSameBytes(batch[part], float32(file, `${name}.${part}`), `${name}.${part}`);
  }
  assert.deepEqual(file.tensors.get(`${name}.mask`)!.shape, [batch.times, batch.sequences]);
}

/** Sequence `index` of a batch, cut to its own times. */
function sequenceOf(batch: Batch, index: number, times: number): Sequence {
  const rows = (data: Float32Array): Float32Array => {
    const width = data.length / (batch.times * batch.sequences);
    const cut = Array.from({ length: times }, (_, time) =>
      data.slice((time * batch.sequences + index) * width, (time * batch.sequences + index + 1) * width),
    );
    return Float32Array.from(cut.flatMap((row) => [...row]));
  };
  return { times, x: rows(batch.x), y: rows(batch.y), mask: rows(batch.mask) };
}

function alone(task: Task, settings: TaskSettings, step: number, sequence: number): Sequence {
  return task.sequence(settings, new Draws(1, streams.training, step, sequence));
}

for (const task of [copy, builtInTask("repeat-copy")]) {
  test(`makeBatch() of ${task.name} equals golden batches to the byte`, () => {
    for (const [step, from, sequences] of [
      [0, 0, 16],
      [1, 8, 8],
      [99_999, 0, 4],
    ] as const) {
      const place: BatchPlace = { seed, stream: streams.training, step, from, sequences };
      assertGolden(`${task.name}.step${step}.from${from}`, makeBatch(task, task.settings, place));
    }
  });
}

/** Settings of each task under which sequences differ in length. */
const ranges: Readonly<Record<string, TaskSettings>> = {
  "n-gram": { length: [20, 60] },
  "priority-sort": { words: [5, 20] },
};

for (const task of builtInTasks) {
  const settings = { ...task.settings, ...ranges[task.name] };

  test(`makeBatch() makes each sequence of ${task.name} as if it were alone, and pads with zeros`, () => {
    const place: BatchPlace = { seed: 1, stream: streams.training, step: 3, from: 0, sequences: 16 };
    const batch = makeBatch(task, settings, place);
    let padded = 0;
    for (let index = 0; index < 16; index++) {
      const sequence = alone(task, settings, 3, index);
      assert.deepEqual(sequenceOf(batch, index, sequence.times), sequence);
      const whole = sequenceOf(batch, index, batch.times);
      for (const part of ["x", "y", "mask"] as const) {
        assert.ok(whole[part].subarray(sequence[part].length).every((value) => value === 0));
      }
      padded += batch.times - sequence.times;
    }
    assert.ok(padded > 0, "no sequence was padded");
  });

  test(`makeBatch() of ${task.name} does not depend on how a step is cut into micro-batches`, () => {
    for (const size of [1, 2, 4, 8]) {
      for (let from = 0; from < 16; from += size) {
        const place: BatchPlace = { seed: 1, stream: streams.training, step: 7, from, sequences: size };
        const batch = makeBatch(task, settings, place);
        for (let index = 0; index < size; index++) {
          const sequence = alone(task, settings, 7, from + index);
          assert.deepEqual(sequenceOf(batch, index, sequence.times), sequence, `${from} + ${index}`);
        }
      }
    }
  });
}

test("makeBatch() of other sizes and of seeds beyond 2³² equals golden batches to the byte", () => {
  const longer = fixed(copy.settings, "length", 20);
  const evaluation: BatchPlace = { seed, stream: streams.validation, step: 3, from: 0, sequences: 5 };
  assertGolden("copy.eval.length20", makeBatch(copy, longer, evaluation));
  assert.ok(seed64 > 2 ** 32);
  const training: BatchPlace = { seed: seed64, stream: streams.training, step: 2, from: 0, sequences: 3 };
  assertGolden("copy.seed64", makeBatch(copy, copy.settings, training));
});

test("makeBatch() makes the batches of a task that memnet does not know", () => {
  const mine: Task = {
    name: "mine",
    settings: { length: [2, 4] },
    beyond: {},
    input: () => 1,
    output: () => 2,
    sequence(settings, draws) {
      const [lo, hi] = settings.length as readonly [number, number];
      const times = draws.integer(lo, hi);
      const x = Float32Array.from({ length: times }, () => draws.bit());
      return { times, x, y: new Float32Array(times * 2).fill(0.5), mask: new Float32Array(times).fill(1) };
    },
  };
  const place: BatchPlace = { seed: 1, stream: streams.test, step: 0, from: 0, sequences: 9 };
  const batch = makeBatch(mine, mine.settings, place);
  assert.equal(batch.x.length, batch.times * 9);
  assert.equal(batch.y.length, batch.times * 9 * 2);
  assert.ok(batch.times >= 2 && batch.times <= 4);
});

test("sideBySide() puts time first, then the batch", () => {
  const one = { times: 1, x: Float32Array.of(1, 2), y: Float32Array.of(3), mask: Float32Array.of(1) };
  const two = {
    times: 2,
    x: Float32Array.of(4, 5, 6, 7),
    y: Float32Array.of(8, 9),
    mask: Float32Array.of(0, 1),
  };
  assert.deepEqual(sideBySide([one, two], 2, 1), {
    times: 2,
    sequences: 2,
    x: Float32Array.of(1, 2, 4, 5, 0, 0, 6, 7),
    y: Float32Array.of(3, 8, 0, 9),
    mask: Float32Array.of(1, 0, 0, 1),
  });
});
