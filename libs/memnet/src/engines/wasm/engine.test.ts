import assert from "node:assert/strict";
import { test } from "node:test";
import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import { checkGolden, goldenModel } from "../../golden.ts";
import { parameterCount, parameterLayout } from "../../parameters.ts";
import { bytesOf, sha256 } from "../../sha256.ts";
import { assertSameBytes, golden, goldenModels } from "../../testing/golden.ts";
import type { Engine, Trace, TraceName, TraceTensor } from "../engine.ts";
import { createTfjsEngine } from "../tfjs/engine.ts";
import { seeded } from "../tfjs/testing.ts";
import { createWasmEngine } from "./engine.ts";
import {
  called,
  dnc,
  type Example,
  everything,
  example,
  halfCounted,
  lstm,
  ntm,
  relativeDistance,
} from "./testing.ts";

const tensorsOf = (trace: Trace) => Object.entries(trace) as [TraceName, TraceTensor][];

async function gradientOf(engine: Engine, { parameters, batch }: Example) {
  const into = new Float32Array(parameters.length);
  const loss = await engine.gradient(parameters, batch, into);
  return { loss, into };
}

for (const name of goldenModels) {
  test(`createWasmEngine() gives the golden numbers of ${name}`, async () => {
    const cases = golden(name);
    const result = await checkGolden(await createWasmEngine(goldenModel(cases)), cases);
    assert.ok(result.pass, JSON.stringify(result));
  });
}

const shapes: readonly (readonly [what: string, model: ModelConfig, times: number, sequences: number])[] = [
  [
    "one of everything but slots",
    ntm({ input: 1, output: 1, hidden: 1, slots: 2, width: 1, reads: 1, shifts: 1 }),
    3,
    1,
  ],
  ["odd sizes", ntm({ input: 5, output: 3, hidden: 7, slots: 19, width: 3 }), 6, 5],
  ["many heads", ntm({ reads: 3, writes: 2, width: 5 }), 5, 3],
  ["more write heads than read heads", ntm({ reads: 1, writes: 3, slots: 33 }), 4, 6],
  ["seven shifts", ntm({ shifts: 7, slots: 11 }), 4, 3],
  ["more shifts than slots", ntm({ shifts: 9, slots: 3 }), 4, 3],
  ["rows that would share the cache", ntm({ slots: 256, width: 2 }), 3, 2],
  ["one of everything", dnc({ input: 1, output: 1, hidden: 1, slots: 1, width: 1, reads: 1 }), 3, 1],
  ["odd sizes", dnc({ input: 5, output: 9, hidden: 7, slots: 19, width: 3 }), 6, 5],
  ["several heads of both kinds", dnc({ reads: 3, writes: 3, width: 5 }), 5, 3],
  ["more sequences than a chunk", dnc({ reads: 1 }), 3, 37],
  ["slots enough for a counting sort", dnc({ slots: 61, width: 9, reads: 1, writes: 2 }), 5, 2],
  ["a feed-forward controller", ntm({ controller: "feedforward", hidden: 9, width: 3 }), 6, 5],
  ["a feed-forward controller of one unit", ntm({ controller: "feedforward", hidden: 1, reads: 3 }), 4, 18],
  ["a feed-forward controller", dnc({ controller: "feedforward", hidden: 13, width: 7, reads: 3 }), 6, 5],
  ["masks", dnc({ masked: true, width: 5, slots: 19, writes: 2 }), 5, 3],
  ["masks of one number", dnc({ masked: true, width: 1, slots: 1 }), 4, 2],
  ["de-allocation", dnc({ deallocate: true, width: 3, slots: 17, reads: 3 }), 6, 3],
  ["sharpening", dnc({ sharpen: true, slots: 5, writes: 3, reads: 2 }), 6, 3],
  ["everything", dnc({ ...everything, slots: 33, width: 6, writes: 2, reads: 3 }), 6, 21],
  ["one unit", lstm({ hidden: 1, input: 1, output: 1 }), 3, 1],
  ["odd sizes", lstm({ hidden: 11, input: 5, output: 9 }), 7, 19],
];

for (const [place, [what, model, times, sequences]] of shapes.entries()) {
  test(`gradient() of ${model.model} with ${what} is the tfjs engine's`, async () => {
    const case_ = example(model, place + 1, times, sequences);
    const engine = await createWasmEngine(model);
    const reference = await createTfjsEngine("cpu", model);
    const got = await gradientOf(engine, case_);
    const wanted = await gradientOf(reference, case_);
    assert.ok(Math.abs(got.loss / wanted.loss - 1) < 1e-6, `${got.loss} is not ${wanted.loss}`);
    const distance = relativeDistance(got.into, wanted.into);
    assert.ok(distance < 1e-5, `relative distance ${distance}`);
    const evaluation = await engine.evaluate(case_.parameters, case_.batch);
    assert.equal(evaluation.loss, got.loss);
    const { wrongBits, exact } = await reference.evaluate(case_.parameters, case_.batch);
    assert.deepEqual([evaluation.wrongBits, evaluation.exact], [wrongBits, exact]);
  });

  test(`predict() and stream() of ${model.model} with ${what} give the logits of trace()`, async () => {
    const { parameters, batch } = example(model, place + 1, times, sequences);
    const engine = await createWasmEngine(model);
    const { data } = (await engine.trace(parameters, batch)).logits;
    assertSameBytes(await engine.predict(parameters, batch), data, "predict()");
    // The first sequence alone, between other calls.
    const own = (values: Float32Array, time: number, width: number) => {
      const from = time * sequences * width;
      return values.slice(from, from + width);
    };
    const stream = await engine.stream!(parameters, 1);
    for (let time = 0; time < times; time++) {
      const logits = stream.next(own(batch.x, time, model.input));
      assertSameBytes(logits, own(data, time, model.output), `time ${time}`);
      await engine.evaluate(parameters, batch);
    }
  });

  test(`trace() of ${model.model} with ${what} is the tfjs engine's`, async () => {
    const { parameters, batch } = example(model, place + 1, times, sequences);
    const got = await (await createWasmEngine(model)).trace(parameters, batch);
    const wanted = await (await createTfjsEngine("cpu", model)).trace(parameters, batch);
    assert.deepEqual(Object.keys(got).sort(), Object.keys(wanted).sort());
    for (const [name, { shape, data }] of tensorsOf(wanted)) {
      assert.deepEqual(got[name]!.shape, shape, name);
      const farthest = data.reduce(
        (far, value, element) => Math.max(far, Math.abs(value - got[name]!.data[element]!)),
        0,
      );
      assert.ok(farthest < 1e-5, `${name}: ${farthest}`);
    }
  });
}

for (const model of [
  ntm({ reads: 2, writes: 2, shifts: 5 }),
  dnc({ reads: 2, writes: 2 }),
  ntm({ controller: "feedforward" }),
  dnc({ masked: true }),
  dnc({ deallocate: true }),
  dnc({ sharpen: true }),
  dnc({ ...everything, reads: 2, writes: 2 }),
  lstm(),
]) {
  test(`gradient() of ${called(model)} is what differences give, for each parameter tensor`, async () => {
    const engine = await createWasmEngine(model);
    const { parameters, batch } = example(model, 3, 5, 3);
    const { into } = await gradientOf(engine, { parameters, batch });
    const random = seeded(5);
    for (const { name, offset, length } of parameterLayout(model)) {
      const direction = new Float32Array(parameters.length);
      for (let place = offset; place < offset + length; place++) direction[place] = 2 * random() - 1;
      const moved = async (by: number) => {
        const { loss } = await engine.evaluate(
          parameters.map((value, place) => value + by * direction[place]!),
          batch,
        );
        return loss;
      };
      const step = 2e-3;
      const numeric = ((await moved(step)) - (await moved(-step))) / (2 * step);
      const along = into.reduce((sum, value, place) => sum + value * direction[place]!, 0);
      assert.ok(
        Math.abs(numeric - along) < 5e-3 * Math.max(1, Math.abs(numeric)),
        `${name}: ${along}, by differences ${numeric}`,
      );
    }
  });
}

/** The same sequences with more times behind, which the mask covers. */
function longer({ times, sequences, x, y, mask }: Batch, more: number, fill: number): Batch {
  const padded = (array: Float32Array) => {
    const all = new Float32Array((array.length / times) * (times + more)).fill(fill);
    all.set(array);
    return all;
  };
  const masked = padded(mask);
  masked.fill(0, mask.length);
  return { times: times + more, sequences, x: padded(x), y: padded(y), mask: masked };
}

/** One sequence of a batch by itself. */
function alone({ times, sequences, x, y, mask }: Batch, sequence: number): Batch {
  const rows = (array: Float32Array) => {
    const width = array.length / (times * sequences);
    return Float32Array.from({ length: times * width }, (_, place) => {
      const row = Math.floor(place / width) * sequences + sequence;
      return array[row * width + (place % width)]!;
    });
  };
  return { times, sequences: 1, x: rows(x), y: rows(y), mask: rows(mask) };
}

/** Inputs from time `from` to before `to` alone, an output that counts from time `asked` on. */
function turns(
  { times, sequences, x, y, mask }: Batch,
  [from, to]: readonly [from: number, to: number],
  asked: number,
): Batch {
  const only = (array: Float32Array, first: number, end: number) => {
    const row = array.length / times;
    return array.map((value, place) => (place >= first * row && place < end * row ? value : 0));
  };
  return { times, sequences, x: only(x, from, to), y, mask: only(mask, asked, times) };
}

// With one read head the input does not begin where a tile of eight columns does.
for (const model of [
  ntm({ reads: 1 }),
  ntm({ reads: 2 }),
  dnc({ reads: 1 }),
  dnc({ reads: 2 }),
  ntm({ reads: 1, controller: "feedforward" }),
  dnc({ reads: 1, ...everything }),
  lstm(),
]) {
  for (const [what, heard, asked] of [
    ["inputs first and outputs then, as in copying", [0, 3], 3],
    ["an input at the first time alone", [0, 1], 2],
    ["an input at the last time alone", [5, 6], 0],
    ["no input", [0, 0], 0],
    ["an output at the last time alone", [0, 6], 5],
    ["no output that counts", [0, 6], 6],
  ] as const) {
    test(`gradient() of ${called(model)} with ${model.reads} read heads and ${what} is the tfjs engine's`, async () => {
      const { parameters, batch } = example(model, 11, 6, 3);
      const case_ = { parameters, batch: turns(batch, heard, asked) };
      const engine = await createWasmEngine(model);
      // What lies in memory is of a batch where all times are heard.
      await gradientOf(engine, { parameters, batch });
      const got = await gradientOf(engine, case_);
      const wanted = await gradientOf(await createTfjsEngine("cpu", model), case_);
      assert.ok(Math.abs(got.loss - wanted.loss) <= 1e-6 * wanted.loss, `${got.loss} is not ${wanted.loss}`);
      if (wanted.loss === 0) assert.ok(got.into.every((value) => value === 0));
      else assert.ok(relativeDistance(got.into, wanted.into) < 1e-5);
      assert.equal((await engine.evaluate(parameters, case_.batch)).loss, got.loss);
    });
  }
}

for (const model of [ntm(), dnc(), ntm({ controller: "feedforward" }), dnc(everything), lstm()]) {
  test(`padding changes no bit of ${called(model)}'s loss and gradient, whatever lies there`, async () => {
    const engine = await createWasmEngine(model);
    const { parameters, batch } = example(model, 7, 4, 3);
    const plain = await gradientOf(engine, { parameters, batch });
    for (const fill of [0, 1]) {
      const padded = await gradientOf(engine, { parameters, batch: longer(batch, 3, fill) });
      assert.equal(padded.loss, plain.loss);
      // −0 and 0 are one number here.
      assert.ok(
        padded.into.every((value, place) => value === plain.into[place]),
        `filled with ${fill}`,
      );
    }
  });

  test(`a sequence of ${called(model)} gives the same bits alone and among others`, async () => {
    const engine = await createWasmEngine(model);
    const { parameters, batch } = example(model, 8, 4, 6);
    const among = (await engine.trace(parameters, batch)).logits!.data;
    for (let sequence = 0; sequence < batch.sequences; sequence++) {
      const single = (await engine.trace(parameters, alone(batch, sequence))).logits!.data;
      const { output } = model;
      const rows = Float32Array.from(single, (_, place) => {
        const row = Math.floor(place / output) * batch.sequences + sequence;
        return among[row * output + (place % output)]!;
      });
      assertSameBytes(single, rows, `sequence ${sequence}`);
    }
  });

  test(`gradient() of ${called(model)} gives the same bits again, and after longer and larger batches`, async () => {
    const engine = await createWasmEngine(model);
    const small = example(model, 9, 3, 2);
    const { into, loss } = await gradientOf(engine, small);
    for (const [times, sequences] of [
      [3, 2],
      [9, 2],
      [2, 40],
      [12, 41],
    ] as const) {
      const large = example(model, 10, times, sequences);
      const first = await gradientOf(engine, large);
      assertSameBytes(
        first.into,
        (await gradientOf(await createWasmEngine(model), large)).into,
        `${times} × ${sequences}`,
      );
      await engine.evaluate(large.parameters, longer(large.batch, 50, 1));
      const again = await gradientOf(engine, small);
      assert.equal(again.loss, loss);
      assertSameBytes(again.into, into, `after ${times} × ${sequences}`);
    }
  });

  test(`${called(model)} takes no more memory over 1,000 gradients and evaluations`, async (t) => {
    const { Memory } = (
      globalThis as unknown as { WebAssembly: { Memory: { prototype: { grow(): number } } } }
    ).WebAssembly;
    const grow = t.mock.method(Memory.prototype, "grow");
    const engine = await createWasmEngine(model);
    const { parameters, batch } = example(model, 11, 30, 20);
    const { into } = await gradientOf(engine, { parameters, batch });
    const grown = grow.mock.callCount();
    assert.notEqual(grown, 0);
    const shorter = example(model, 12, 2, 3).batch;
    const buffers = process.memoryUsage().arrayBuffers;
    for (let step = 0; step < 1000; step++) {
      await engine.gradient(parameters, shorter, into);
      await engine.evaluate(parameters, shorter);
    }
    assert.equal(grow.mock.callCount(), grown);
    const more = process.memoryUsage().arrayBuffers - buffers;
    assert.ok(more <= 0, `${more} bytes`);
  });
}

/** Parameters that are all small, but for biases of interface rows that a rule picks. */
function withBias(model: ModelConfig, value: (row: number) => number): Example {
  const { parameters, batch } = example(model, 13, 6, 3, 0.1);
  const { offset, length } = parameterLayout(model).find(({ name }) => name === "interface.bias")!;
  for (let row = 0; row < length; row++) parameters[offset + row] = value(row);
  return { parameters, batch };
}

for (const model of [
  ntm({ slots: 9 }),
  ntm({ writes: 2, reads: 1 }),
  dnc({ slots: 9 }),
  dnc({ writes: 2 }),
  dnc({ ...everything, writes: 2 }),
]) {
  const { width } = model;
  const extremes: readonly (readonly [string, Example])[] = [
    ["all parameters 0", { ...example(model, 1, 6, 3), parameters: new Float32Array(parameterCount(model)) }],
    ["saturated gates", withBias(model, (row) => (row % 3 === 0 ? 80 : -80))],
    ["fields of ±1,000", withBias(model, (row) => (row % 2 === 0 ? 1000 : -1000))],
    // The first head's key comes first, then its strength; in an NTM its gate, shifts and sharpening follow.
    ["a strength of 10,000", withBias(model, (row) => (row === width ? 1e4 : 0.1))],
    ["a strength of 1e30", withBias(model, (row) => (row === width ? 1e30 : 0.1))],
    ["one-hot weights, all gates open", withBias(model, (row) => (row >= width ? 1e4 : 1))],
    ["all strengths and sharpenings off", withBias(model, (row) => (row >= width ? -1e4 : 1))],
    ["sharpening of 1,000", withBias(model, (row) => (row === width + 5 ? 1000 : 0.2))],
    ["a field of 1e30 where sharpening is", withBias(model, (row) => (row === width + 5 ? 1e30 : 0.2))],
  ];
  for (const [what, case_] of extremes) {
    test(`gradient() of ${called(model)} with ${model.writes} write heads stays finite with ${what}`, async () => {
      const { loss, into } = await gradientOf(await createWasmEngine(model), case_);
      assert.ok(Number.isFinite(loss), `loss ${loss}`);
      assert.ok(into.every(Number.isFinite), `${into.findIndex((value) => !Number.isFinite(value))}`);
    });
  }
}

for (const [what, model, biases] of [
  [
    "sharp",
    ntm({ slots: 9 }),
    new Map([
      [1, -80],
      [5, 6],
    ]),
  ],
  ["going to free slots", dnc({ slots: 9 }), new Map([[1, 80]])],
] as const) {
  test(`a ${model.model}'s weights are never so small that a processor is slow with them, when ${what}`, async () => {
    // Behind the first head's key come its strength and a gate, then an NTM's shifts and sharpening.
    const { parameters, batch } = withBias(model, (row) => biases.get(row - model.width) ?? 0.2);
    const subnormals = async (engine: Engine) =>
      (await engine.trace(parameters, batch)).writeWeights!.data.filter((w) => w > 0 && w < 2 ** -126).length;
    assert.notEqual(await subnormals(await createTfjsEngine("cpu", model)), 0);
    assert.equal(await subnormals(await createWasmEngine(model)), 0);
  });
}

test("gradient() gives these bits, on every machine", async () => {
  const hashes: string[] = [];
  for (const model of [
    ntm({ slots: 19, shifts: 5 }),
    dnc({ slots: 19, writes: 2 }),
    ntm({ controller: "feedforward" }),
    dnc({ ...everything, writes: 2 }),
    lstm({ hidden: 9 }),
  ]) {
    const { into } = await gradientOf(await createWasmEngine(model), example(model, 21, 7, 6));
    hashes.push(sha256(bytesOf(into)));
  }
  for (const [name, size] of [
    ["ntm-copy", 22],
    ["dnc-repeat-copy", 9],
  ] as const) {
    const model = goldenModel(golden(name));
    const { into } = await gradientOf(await createWasmEngine(model), example(model, 22, size, 18, 0.125));
    hashes.push(sha256(bytesOf(into)));
  }
  assert.deepEqual(hashes, [
    "4c0e9f6a1c02aaa7f6b01cba5c085b382ff86c7ec4a1788fce4a714e3c8e76ac",
    "d781a93a4b598c703a902a3e12dc859dc849a9875f6cba34320aea6f1bbdabcc",
    "1fa315f8657f33ece1271bd67045bcc7983bd98b3f2f8c8d74303b8329818229",
    "f9273a8254a92b914872815ca677c825fe715c225a040179d82dd6f85b621e44",
    "30f76aa9a954ede7fd8986bcd9e7ef139e6c6158851ba89d7b4a8b7c56f1e03c",
    "8f9d65e28eefd6ea8b05d27decbfd9b7204b16bce98b46939fb8cd9329d227c0",
    "6823c8832d3fe2fcb908efabbc53c41531c2079654bc6c0bbccc6ee7b6ca5f0a",
  ]);
});

test("evaluate() takes no sequence for exact of which nothing counts", async () => {
  for (const model of [ntm(), dnc()]) {
    const { parameters, batch } = halfCounted(model);
    const { wrongBits, exact } = await (await createWasmEngine(model)).evaluate(parameters, batch);
    assert.deepEqual([wrongBits, exact], [0, 1]);
  }
});

test("the engine refuses arrays of wrong lengths and an empty batch", async () => {
  const model = ntm();
  const engine = await createWasmEngine(model);
  const { parameters, batch } = example(model);
  const into = new Float32Array(parameters.length);
  const wrong = (changed: object) => engine.gradient(parameters, { ...batch, ...changed }, into);
  await assert.rejects(engine.evaluate(parameters.subarray(1), batch), RangeError);
  await assert.rejects(engine.gradient(parameters, batch, into.subarray(1)), RangeError);
  for (const name of ["x", "y", "mask"]) {
    await assert.rejects(wrong({ [name]: new Float32Array(5) }), RangeError);
  }
  await assert.rejects(wrong({ times: 0 }), RangeError);
});

test("the engine refuses a model that needs more than 32-bit addresses reach, with the number", async () => {
  await assert.rejects(createWasmEngine(dnc({ slots: 40_000 })), {
    name: "RangeError",
    message: /must be at most 4294901760 bytes, got \d{11}/,
  });
});
