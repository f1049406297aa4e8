import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { Prepared } from "@memnet/runs";
import { copyTask, smallConfig } from "@memnet/runs/testing";
import { decodeCheckpoint, type ModelConfig, makeBatch, modelOf, streams, taskSettings } from "memnet";
import { EpisodeRunner, episodeSizes, shownTensors } from "./episode.ts";
import { RunsOnDisk } from "./folder.testing.ts";
import { type EpisodeData, isSameEpisode, readEpisode, resultText } from "./shared/episode.ts";
import { allSlots, headMarks, headPlaces, headsText, slotsInUse, slotsText } from "./shared/slots.ts";
import { stillsOf, stillText } from "./shared/stills.ts";
import { hoverText } from "./shared/strip.ts";
import { stripsOf } from "./shared/strips.ts";

const dnc = { model: "dnc", heads: { reads: 2, writes: 2 } } as const;
const lstm = { model: "lstm" } as const;
const runs = await RunsOnDisk.begin();
await runs.add("ntm");
await runs.add("dnc", { settings: dnc });
await runs.add("lstm", { settings: lstm });
const runner = new EpisodeRunner();
after(async () => {
  runner.dispose();
  await runs[Symbol.asyncDispose]();
});

function job(run: "ntm" | "dnc" | "lstm", sizes: Readonly<Record<string, number>> = { length: 3 }) {
  const { training } = smallConfig({ ntm: {}, dnc, lstm }[run]);
  const path = join(runs.root, run, "checkpoints", "4.safetensors");
  return { training, taskFile: null, path, sizes, seed: 7, episode: 2 };
}

test("play() returns the test stream's episode and the engine's own trace, without the batch axis", async () => {
  const asked = job("dnc");
  const { tensors, metadata, times } = readEpisode((await runner.play(asked)).slice().buffer);
  assert.equal(times, 8);
  const settings = { ...taskSettings(asked.training), length: [3, 3] as const };
  const place = { seed: 7, stream: streams.test, step: 0, from: 2, sequences: 1 };
  const batch = makeBatch(copyTask, settings, place);
  assert.deepEqual([...tensors.x!.data], [...batch.x]);
  assert.deepEqual([...tensors.y!.data], [...batch.y]);
  const { engine } = await new Prepared().for(asked);
  const { parameters, step } = decodeCheckpoint(new Uint8Array(await readFile(asked.path)));
  const trace = await engine.trace(parameters, batch);
  assert.deepEqual(
    Object.keys(trace).sort(),
    Object.keys(tensors)
      .filter((name) => !["x", "y", "mask"].includes(name))
      .sort(),
  );
  for (const [name, { shape, data }] of Object.entries(trace)) {
    assert.deepEqual(tensors[name]!.shape, [shape[0], ...shape.slice(2)], name);
    assert.deepEqual([...tensors[name]!.data], [...data], name);
  }
  const { loss, wrongBits } = await engine.evaluate(parameters, batch);
  assert.deepEqual(metadata, {
    ...{ step: String(step), loss: String(loss), wrongBits: String(wrongBits), seed: "7", episode: "2" },
    channels: JSON.stringify({ input: ["0", "1", "start", "end"], output: ["0", "1"] }),
  });
  engine.dispose();
});

test("episodeSizes() goes to eight times training's largest, or to the largest evaluation beyond it", () => {
  const longest = (length: [number, number], later = length) => {
    const curriculum = [{ from: 3, task: { length: later } }];
    return episodeSizes(smallConfig({ task: { length }, curriculum }).training, copyTask)[0]!.max;
  };
  assert.equal(longest([1, 15]), 120);
  assert.equal(longest([1, 20]), 160);
  assert.equal(longest([1, 20], [1, 60]), 480);
});

test("shownTensors() leaves out the links if only they make the trace too large", () => {
  const model = modelOf(job("dnc").training, copyTask);
  const wide = { ...model, slots: 400 } as ModelConfig;
  assert.ok(shownTensors(model, 1000).includes("link"));
  const shown = shownTensors(wide, 100);
  assert.deepEqual([shown.includes("link"), shown.includes("memory")], [false, true]);
  assert.throws(() => shownTensors(wide, 1_000_000), {
    name: "RangeError",
    message:
      /^Cannot show this episode: its memory and weights must be at most 16000000 numbers, they are \d+$/,
  });
});

test("play() accepts sizes up to those of the evaluations beyond training, and no larger", async () => {
  assert.deepEqual(episodeSizes(job("ntm").training, copyTask), [
    { name: "length", trained: [1, 2], first: 2, max: 120 },
  ]);
  assert.equal(readEpisode((await runner.play(job("ntm", { length: 120 }))).slice().buffer).times, 242);
  await assert.rejects(runner.play(job("ntm", { length: 121 })), {
    name: "RangeError",
    message: "Cannot play this episode: length must be from 1 to 120, got 121",
  });
  await assert.rejects(runner.play(job("ntm", { bits: 4 })), {
    message: "Cannot choose bits: the sizes of task copy are length",
  });
});

test("describe() counts the same parameters by part as by tensor", async () => {
  const { parts, tensors, parameters, sizes } = await runner.describe(job("ntm"));
  const ofParts = parts.reduce((sum, part) => sum + part.parameters, 0);
  const ofTensors = tensors.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  assert.deepEqual([ofParts, ofTensors], [parameters, parameters]);
  assert.equal(sizes[0]!.name, "length");
});

test("describe() gives the learning rate of a schedule and the curriculum's stages, and none without", async () => {
  const { training, taskFile } = job("ntm");
  const plain = await runner.describe({ training, taskFile });
  assert.deepEqual([plain.rates, plain.stages], [null, []]);
  const { optimizer } = training;
  const schedule = { warmup: 2, decay: "linear", to: 0.5, over: 4 } as const;
  const { rates, stages } = await runner.describe({
    ...{ taskFile },
    training: {
      ...training,
      optimizer: { ...optimizer, learningRate: 1, schedule },
      curriculum: [{ from: 3, task: { length: [1, 1] } }],
    },
  });
  assert.deepEqual(rates, [
    [1, 0.4375],
    [2, 0.75],
    [3, 0.625],
    [4, 0.5],
    [1e12, 0.5],
  ]);
  assert.deepEqual(stages, [{ from: 3, settings: "length 1" }]);
});

async function played(run: "ntm" | "dnc" | "lstm", length = 3) {
  return readEpisode((await runner.play(job(run, { length }))).slice().buffer);
}

test("stripsOf() shows a DNC's heads over each other or apart, its usage, gates and modes", async () => {
  const data = await played("dnc");
  const slots = allSlots(data);
  const titles = (apart: boolean) =>
    stripsOf(data, { slots, apart }).map(({ title, names }) => [title, names.length]);
  const channels = [
    ["Input", 4],
    ["Target", 2],
    ["Output", 2],
    ["Error", 2],
  ];
  const writing = [1, 2].map((head) => [`Write weights: allocation and content, head ${head}`, 5]);
  const rest = [
    ["Written, head 1", 2],
    ["Written, head 2", 2],
    ["Read, head 1", 2],
    ["Read, head 2", 2],
    ["Usage", 5],
    ["Allocation gate", 2],
    ["Write gate", 2],
    ["Free gates", 2],
    ["Read mode: backward", 4],
    ["Read mode: forward", 4],
    ["Read mode: content", 2],
    ["Key strengths", 4],
  ];
  assert.deepEqual(titles(false), [...channels, ["Write and read weights", 5], ...writing, ...rest]);
  const reading = [1, 2].map((head) => [`Read weights, head ${head}`, 5]);
  assert.deepEqual(titles(true), [...channels, ...writing, ...reading, ...rest]);
});

test("a DNC's strips add up: write weights of their two sources, read modes of all ways", async () => {
  const data = await played("dnc");
  const { writeWeights, readWeights } = data.tensors as Record<string, { data: Float32Array }>;
  const strips = stripsOf(data, { slots: [1, 3], apart: false });
  const strip = (title: string) => strips.find((one) => one.title === title)!;
  const shares = strip("Write weights: allocation and content, head 2");
  for (let time = 0; time < data.times; time++) {
    const sum = shares.value(1, time) + shares.second!(1, time);
    assert.ok(Math.abs(sum - writeWeights!.data[(time * 2 + 1) * 5 + 3]!) < 1e-6, String(sum));
  }
  const both = strip("Write and read weights");
  const most = (data: Float32Array) => Math.max(data[(4 * 2 + 0) * 5 + 3]!, data[(4 * 2 + 1) * 5 + 3]!);
  assert.deepEqual(
    [both.value(1, 4), both.second!(1, 4)],
    [most(writeWeights!.data), most(readWeights!.data)],
  );
  // Each read head's modes are a softmax over backward and forward of each write head, and content.
  for (let head = 0; head < 2; head++) {
    const of = (way: string, row: number) => strip(`Read mode: ${way}`).value(row, 5);
    const sum = [0, 1].reduce(
      (all, k) => all + of("backward", 2 * head + k) + of("forward", 2 * head + k),
      of("content", head),
    );
    assert.ok(Math.abs(sum - 1) < 1e-5, String(sum));
  }
  assert.equal(strip("Output").value(0, 0), 0);
});

test("stripsOf() shows an NTM's gates, shifts, sharpening and key strengths", async () => {
  const data = await played("ntm");
  const strips = stripsOf(data, { slots: allSlots(data), apart: true });
  assert.deepEqual(
    strips.slice(4).map(({ title, names }) => [title, names.join()]),
    [
      ["Write weights", "1,2,3,4,5"],
      ["Read weights", "1,2,3,4,5"],
      ["Written", "1,2"],
      ["Read", "1,2"],
      ["Interpolation gates", "write,read"],
      ["Write shift", "−1,0,+1"],
      ["Read shift", "−1,0,+1"],
      ["Sharpening", "write,read"],
      ["Key strengths", "write,read"],
    ],
  );
  const shift = strips.find(({ title }) => title === "Read shift")!;
  const sum = [0, 1, 2].reduce((all, row) => all + shift.value(row, 2), 0);
  assert.ok(Math.abs(sum - 1) < 1e-6, String(sum));
  const { writeSharpen } = data.tensors as Record<string, { data: Float32Array }>;
  const sharpening = strips.find(({ title }) => title === "Sharpening")!;
  assert.equal(sharpening.value(0, 3), writeSharpen!.data[3]);
  assert.ok(sharpening.value(1, 3) > 1);
});

test("stillsOf() shows the memory and the links of each write head, of the chosen slots", async () => {
  const data = await played("dnc");
  const stills = stillsOf(data, [1, 3, 4]);
  assert.deepEqual(
    stills.map(({ title, rows, columns }) => [title, rows.join(), columns.join()]),
    [
      ["Memory", "2,4,5", "1,2"],
      ["Links of write head 1", "2,4,5", "2,4,5"],
      ["Links of write head 2", "2,4,5", "2,4,5"],
    ],
  );
  const { memory, link } = data.tensors as Record<string, { data: Float32Array }>;
  assert.equal(stills[0]!.value(4, 1, 1), memory!.data[(4 * 5 + 3) * 2 + 1]);
  assert.equal(stills[2]!.value(4, 1, 2), link!.data[((4 * 2 + 1) * 5 + 3) * 5 + 4]);
  assert.match(stillText(stills[2]!, 4, 1, 2), /^time 5, from slot 5 to slot 4: \d/);
  assert.match(stillText(stills[0]!, 0, 0, 1), /^time 1, slot 2, number 2: -?\d/);
});

test("slotsInUse() has the slots whose weight exceeds 0.05 at any time, and headPlaces() the largest", () => {
  const writeWeights = { shape: [2, 1, 4], data: Float32Array.of(1, 0, 0.04, 0, 0, 0, 0.01, 0.99) };
  const readWeights = {
    shape: [2, 2, 4],
    data: Float32Array.of(0, 0, 0.02, 0, 0, 0, 0, 0.06, 0, 0, 0, 0, 0, 0, 0, 0),
  };
  const data = { tensors: { writeWeights, readWeights }, metadata: {}, times: 2 };
  assert.deepEqual(slotsInUse(data), [0, 3]);
  const memory = { shape: [2, 4, 1], data: new Float32Array(8) };
  const textOf = (tensors: EpisodeData["tensors"]) => slotsText({ ...data, tensors });
  assert.equal(textOf({ memory, writeWeights, readWeights }), "2 of 4 slots are in use.");
  const none = { shape: [2, 1, 4], data: new Float32Array(8) };
  assert.equal(textOf({ memory, writeWeights: none }), "No weight exceeds 0.05, so all slots are shown.");
  assert.equal(textOf({}), "");
  assert.deepEqual(headPlaces(data, 0), [
    { kind: "write", number: null, slot: 0, weight: 1 },
    { kind: "read", number: 1, slot: 2, weight: Math.fround(0.02) },
    { kind: "read", number: 2, slot: 3, weight: Math.fround(0.06) },
  ]);
  assert.deepEqual(headsText(data, 1)[0], "write head: slot 4, weight 0.99");
});

test("headMarks() has one mark for heads of a kind at the same slot, and none for a head without focus", () => {
  const writeWeights = { shape: [1, 1, 3], data: Float32Array.of(0, 0.9, 0) };
  const readWeights = { shape: [1, 4, 3], data: Float32Array.of(0, 1, 0, 1, 0, 0, 0.2, 0.7, 0, 0.04, 0, 0) };
  const data = { tensors: { writeWeights, readWeights }, metadata: {}, times: 1 };
  assert.deepEqual(headMarks(data, 0), [
    { kind: "write", slot: 1, text: "▶" },
    { kind: "read", slot: 1, text: "◀×2" },
    { kind: "read", slot: 0, text: "◀2" },
  ]);
});

test("isSameEpisode() compares inputs and targets, whatever the network", async () => {
  const [ntm, dnc, longer] = [await played("ntm"), await played("dnc"), await played("ntm", 4)];
  assert.equal(isSameEpisode(ntm, dnc), true);
  assert.equal(isSameEpisode(ntm, longer), false);
  const x = { ...ntm.tensors.x!, data: ntm.tensors.x!.data.map((value) => 1 - value) };
  assert.equal(isSameEpisode(ntm, { ...ntm, tensors: { ...ntm.tensors, x } }), false);
  assert.match(resultText(ntm), /^Step 4: \d of 6 bits are wrong, loss \d\.\d+ bits\.$/);
});

test("hoverText() names time, row and number, or both numbers of a pair", async () => {
  const data = await played("ntm");
  const strips = stripsOf(data, { slots: [0, 4], apart: false });
  const text = (title: string, row: number) =>
    hoverText(strips.find((strip) => strip.title === title)!, row, 0);
  assert.equal(text("Input", 2), "time 1, channel start: 1");
  assert.match(text("Write and read weights", 1), /^time 1, slot 5: write [\d.]+, read [\d.]+$/);
  assert.match(text("Sharpening", 1), /^time 1, read head: [\d.]+$/);
  assert.match(text("Write shift", 0), /^time 1, shift −1: [\d.]+$/);
});

test("an episode of a network without memory shows input, target, output and error alone", async () => {
  const { parts, tensors } = await runner.describe(job("lstm"));
  assert.deepEqual(
    parts.map(({ part }) => part),
    ["controller", "output"],
  );
  assert.equal(tensors.length, 4);
  const data = await played("lstm");
  assert.deepEqual(
    stripsOf(data, { slots: [], apart: false }).map(({ title, names }) => [title, names.length]),
    [
      ["Input", 4],
      ["Target", 2],
      ["Output", 2],
      ["Error", 2],
    ],
  );
  assert.deepEqual([stillsOf(data, []), allSlots(data), slotsInUse(data)], [[], [], []]);
  assert.deepEqual(headsText(data, 0), []);
});
