import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { evaluationLine, RunsOnDisk } from "@memnet/page/testing";
import { recordLines } from "@memnet/runs/testing";
import { skipWithoutPython, until } from "@memnet/service/testing";
import { EventFolder } from "./event-folder.ts";
import { followRun } from "./follow.ts";
import { RunEvents } from "./run-events.ts";

/** What TensorBoard has read: scalars and images as [step, value] and [step, width, height]. */
interface Read {
  readonly scalars: Record<string, [step: number, value: number][]>;
  readonly images: Record<string, [step: number, width: number, height: number][]>;
  readonly settings: Record<string, number | boolean | string>;
  readonly status: string | null;
}

const options = { skip: skipWithoutPython("tensorboard") };

test(
  "RunEvents writes what TensorBoard reads: figures by split in bits, settings, pictures",
  options,
  async () => {
    await using runs = await RunsOnDisk.begin();
    using logs = folder();
    await runs.add("a", { steps: 4, settings: { model: "dnc", heads: { reads: 1, writes: 1 } } });
    await runs.append("a", `{"kind":"step","step":5,"loss":null,"gradientNorm":null}\n`);
    await runs.append("a", evaluationLine(4, "length-3", 0.5));
    await write(runs.root, "a", logs.path, true);
    const { scalars, images, settings, status } = read(join(logs.path, "a"));
    const bits = (nats: number) => Math.fround(nats / Math.LN2);
    assert.deepEqual(
      scalars["training/loss"],
      [1, 2, 3, 4].map((step) => [step, bits(1 / step)]),
    );
    assert.deepEqual(
      scalars["training/gradient norm"],
      [1, 2, 3, 4].map((step) => [step, 1]),
    );
    assert.deepEqual(
      scalars["training/learning rate"]!.map(([step]) => step),
      [1, 2, 3, 4, 5],
    );
    assert.deepEqual(scalars["validation/loss"], [[4, bits(1.5)]]);
    assert.deepEqual(scalars["validation/wrong bits"], [[4, 2]]);
    assert.deepEqual(scalars["validation/exact"], [[4, 0.25]]);
    assert.deepEqual(scalars["length-3/wrong bits"], [[4, 0.5]]);
    for (const title of ["Input", "Output", "Write and read weights", "Usage", "Memory", "Links"]) {
      const steps = images[`episode/${title}`]!.map(([step]) => step);
      assert.deepEqual(steps, [1, 4], title);
      for (const [, width, height] of images[`episode/${title}`]!)
        assert.ok(width > 100 && height > 5, title);
    }
    const { "memory.slots": slots, "memory.masked": masked, "task.length": length, model } = settings;
    assert.deepEqual([slots, masked, length, model], [5, false, "1..2", "dnc"]);
    assert.equal(status, "STATUS_SUCCESS");
  },
);

test("RunEvents writes no step twice: a later start adds a file of what is new", options, async () => {
  await using runs = await RunsOnDisk.begin();
  using logs = folder();
  await runs.add("a", { steps: 4, state: "training" });
  const events = join(logs.path, "a");
  await write(runs.root, "a", logs.path);
  await write(runs.root, "a", logs.path);
  assert.equal(readdirSync(events).length, 1);
  await runs.append("a", recordLines(5, 6) + evaluationLine(6, "validation", 1));
  await write(runs.root, "a", logs.path);
  assert.equal(readdirSync(events).length, 2);
  // A process died while it wrote: TensorBoard cannot read the last event of the file, so it is written again.
  const [, last] = readdirSync(events).sort();
  truncateSync(join(events, last!), 100);
  await write(runs.root, "a", logs.path);
  assert.equal(readdirSync(events).length, 3);
  const { scalars, status } = read(events);
  const steps = (tag: string) => scalars[tag]?.map(([step]) => step);
  assert.deepEqual(steps("training/loss"), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(steps("validation/loss"), [4, 6]);
  assert.equal(status, null);
  await runs.add("b");
  await runs.add("a", { created: "2026-02-01T00:00:00.000Z" });
  await assert.rejects(write(runs.root, "a", logs.path), {
    message: /must have events of this run alone, and has those of another run a/,
  });
});

test("followRun() writes figures and the newest pictures while a run trains", options, async () => {
  await using runs = await RunsOnDisk.begin();
  using logs = folder();
  await using _following = followRun({ root: runs.root, run: "a", folder: logs.path });
  await runs.add("a", { steps: 3, checkpoints: [3], state: "training" });
  const has = (tag: string, step: number) => new EventFolder(join(logs.path, "a")).has(tag, step);
  await until(() => has("training/loss", 3) && has("episode/Input", 3));
  await runs.append("a", recordLines(4, 5));
  await until(() => has("training/loss", 5));
  const { scalars, status } = read(join(logs.path, "a"));
  assert.deepEqual(scalars["training/loss"]?.at(-1)?.[0], 5);
  assert.equal(status, null);
});

test("followRun() writes what a run records until it is disposed, and the rest then", options, async () => {
  await using runs = await RunsOnDisk.begin();
  using logs = folder();
  {
    await using _following = followRun({ root: runs.root, run: "a", folder: logs.path });
    await runs.add("a", { steps: 3, checkpoints: [3] });
  }
  const { scalars, images } = read(join(logs.path, "a"));
  assert.deepEqual(
    scalars["training/loss"]!.map(([step]) => step),
    [1, 2, 3],
  );
  assert.deepEqual(
    images["episode/Memory"]!.map(([step]) => step),
    [3],
  );
  rmSync(join(runs.root, "a"), { recursive: true });
  assert.throws(() => followRun({ root: runs.root, run: "a", folder: logs.path }), { name: "UsageError" });
});

async function write(root: string, run: string, folder: string, pictures = false): Promise<void> {
  await using events = new RunEvents({ root, run, folder });
  await events.addFigures();
  if (pictures) await events.addPictures("all");
}

function folder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "memnet-tensorboard-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

const reader = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import api_pb2, metadata
events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0}).Reload()
tags = events.Tags()
content = lambda tag: events.SummaryMetadata(tag).plugin_data.content
settings = metadata.parse_session_start_info_plugin_data(content(metadata.SESSION_START_INFO_TAG)).hparams
ended = metadata.SESSION_END_INFO_TAG in tags["tensors"]
status = metadata.parse_session_end_info_plugin_data(content(metadata.SESSION_END_INFO_TAG)).status if ended else None
print(json.dumps({
    "scalars": {tag: [[one.step, one.value] for one in events.Scalars(tag)] for tag in tags["scalars"]},
    "images": {tag: [[one.step, one.width, one.height] for one in events.Images(tag)] for tag in tags["images"]},
    "settings": {path: getattr(value, value.WhichOneof("kind")) for path, value in settings.items()},
    "status": None if status is None else api_pb2.Status.Name(status),
}))
`;

function read(events: string): Read {
  const { status, stdout, stderr } = spawnSync("python3", ["-c", reader, events], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Read;
}
