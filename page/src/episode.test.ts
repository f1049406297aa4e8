import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { Prepared } from "@memnet/runs";
import { copyTask, smallConfig } from "@memnet/runs/testing";
import { decodeCheckpoint, type ModelConfig, makeBatch, modelOf, streams, taskSettings } from "memnet";
import { EpisodeRunner, episodeSizes, shownTensors } from "./episode.ts";
import { RunsOnDisk } from "./folder.testing.ts";
import { headsText, readEpisode, rowsText, stillsOf, stripsOf } from "./shared/episode.ts";

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
    { name: "length", trained: [1, 2], max: 120 },
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

test("rowsText() counts rows and names those that have more than a number", () => {
  const strip = {
    title: "Input",
    rowName: "channel",
    rows: 4,
    kind: "unit",
    most: 1,
    value: () => 0,
  } as const;
  assert.equal(rowsText(strip), "4 channels");
  assert.equal(rowsText({ ...strip, names: ["0", "1", "2", "3"] }), "4 channels");
  assert.equal(rowsText({ ...strip, names: ["0", "1", "start", "end"] }), "4 channels: 0–1, start, end");
  assert.equal(rowsText({ ...strip, rows: 1, names: ["bit"] }), "1 channel: bit");
});

test("stripsOf() and stillsOf() show each head, and the DNC's usage, gates, modes and links", async () => {
  const data = readEpisode((await runner.play(job("dnc"))).slice().buffer);
  const strips = stripsOf(data);
  assert.deepEqual(
    strips.map(({ title, rows }) => [title, rows]),
    [
      ["Input", 4],
      ["Target", 2],
      ["Output", 2],
      ["Error", 2],
      ["Write weights, head 1", 5],
      ["Write weights, head 2", 5],
      ["Read weights, head 1", 5],
      ["Read weights, head 2", 5],
      ["Usage", 5],
      ["Allocation gate", 2],
      ["Write gate", 2],
      ["Free gates", 2],
      ["Read mode: backward", 4],
      ["Read mode: forward", 4],
      ["Read mode: content", 2],
    ],
  );
  const strip = (title: string) => strips.find((one) => one.title === title)!;
  // Each read head's modes are a softmax over backward and forward of each write head, and content.
  for (let head = 0; head < 2; head++) {
    const of = (way: string, row: number) => strip(`Read mode: ${way}`).value(row, 5);
    const sum = [0, 1].reduce(
      (all, k) => all + of("backward", 2 * head + k) + of("forward", 2 * head + k),
      of("content", head),
    );
    assert.ok(Math.abs(sum - 1) < 1e-5, String(sum));
  }
  assert.deepEqual(
    stillsOf(data).map(({ title, rows, columns }) => [title, rows, columns]),
    [
      ["Memory", 5, 2],
      ["Links of write head 1", 5, 5],
      ["Links of write head 2", 5, 5],
    ],
  );
  const { writeWeights, memory } = data.tensors as Record<string, { data: Float32Array }>;
  assert.equal(strip("Write weights, head 2").value(3, 4), writeWeights!.data[(4 * 2 + 1) * 5 + 3]);
  assert.equal(stillsOf(data)[0]!.value(4, 3, 1), memory!.data[(4 * 5 + 3) * 2 + 1]);
  assert.equal(strip("Output").value(0, 0), 0);
});

test("headsText() names each head's slot at a time", async () => {
  const data = readEpisode((await runner.play(job("ntm"))).slice().buffer);
  const texts = headsText(data, 0);
  assert.equal(texts.length, 2);
  assert.match(texts[0]!, /^write head: slot [1-5], weight [01]\.\d\d$/);
});

test("an episode of a network without memory shows input, target, output and error alone", async () => {
  const { parts, tensors } = await runner.describe(job("lstm"));
  assert.deepEqual(
    parts.map(({ part }) => part),
    ["controller", "output"],
  );
  assert.equal(tensors.length, 4);
  const data = readEpisode((await runner.play(job("lstm"))).slice().buffer);
  assert.deepEqual(
    stripsOf(data).map(({ title, rows }) => [title, rows]),
    [
      ["Input", 4],
      ["Target", 2],
      ["Output", 2],
      ["Error", 2],
    ],
  );
  assert.deepEqual(stillsOf(data), []);
  assert.deepEqual(headsText(data, 0), []);
});
