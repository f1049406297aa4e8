import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { hashOf, messages, subjects } from "@memnet/protocol";
import { checkpointBytes, recordLines, smallConfig } from "@memnet/runs/testing";
import { type Disk, systemDisk } from "@memnet/service";
import { bytesOf, decodeCheckpoint, parametersHash } from "memnet";
import { fillingDisk, World } from "./world.testing.ts";

async function opened(world: World) {
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  return coordinator;
}

const code =
  (wanted: string, text: RegExp = /./) =>
  (error: unknown) => {
    const { code: got, message } = error as { code: string; message: string };
    assert.equal(got, wanted, message);
    assert.match(message, text);
    return true;
  };

test("snapshot stores records, checkpoint and its line", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(0, { records: "" });
  await coordinator.snapshot(3);
  const bytes = checkpointBytes(coordinator.config, 3);
  assert.equal(
    hashOf(await readFile(join(world.root, "mine", "checkpoints", "3.safetensors"))),
    hashOf(bytes),
  );
  assert.deepEqual(await world.steps("mine", "step"), [1, 2, 3]);
  const line = (await world.lines("mine")).findLast(({ kind }) => kind === "checkpoint");
  const sha256 = parametersHash(decodeCheckpoint(bytes).parameters);
  assert.deepEqual(line, { kind: "checkpoint", step: 3, sha256 });
  assert.equal(sha256, hashOf(bytesOf(decodeCheckpoint(bytes).parameters)));
  assert.equal((await coordinator.progress()).kept, 3);
});

test("snapshot sent twice is acknowledged twice and written once", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await Promise.all([coordinator.snapshot(3), coordinator.snapshot(3)]);
  await coordinator.snapshot(3);
  assert.deepEqual(await world.steps("mine", "step"), [1, 2, 3]);
  assert.deepEqual(await world.steps("mine", "checkpoint"), [3]);
});

test("snapshot of a step that has since been thinned out is acknowledged", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator(smallConfig({ checkpointsKept: 1 }));
  await coordinator.open({ run: "mine" });
  for (const step of [1, 3]) await coordinator.snapshot(step);
  assert.deepEqual(await readdir(join(world.root, "mine", "checkpoints")), ["3.safetensors"]);
  await coordinator.snapshot(1);
  await assert.rejects(coordinator.snapshot(1, { bend: 1 }), code("MISMATCH"));
  assert.deepEqual(await readdir(join(world.root, "mine", "checkpoints")), ["3.safetensors"]);
});

test("a snapshot whose coordinator is gone does not hold up the next coordinator's", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const first = await world.coordinator();
  await first.open({ run: "mine" });
  const owner = "gone";
  const { bus } = first.actor.messenger;
  const asked = new Promise((resolve) => bus.subscribe(subjects.pull("coordinator", owner), resolve));
  const lost = first.snapshot(3, { owner });
  const refused = assert.rejects(lost, code("EPOCH"));
  await asked;
  const second = await world.coordinator();
  await second.open({ run: "mine" });
  await Promise.all([second.snapshot(3), refused]);
  assert.deepEqual(await world.steps("mine", "checkpoint"), [3]);
});

test("snapshot is refused before anything is pulled if its parts are larger than the run's can be", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const { actor, fields } = await opened(world);
  const { messenger } = actor;
  let pulls = 0;
  messenger.bus.subscribe(subjects.pull("coordinator", "huge"), () => pulls++);
  const blob = (bytes: number) => ({ owner: "huge", hash: "0".repeat(64), bytes });
  const ask = (step: number, checkpoint: number, records: number) =>
    messenger.ask(
      messages.snapshot,
      messages.done,
      subjects.evaluator.snapshot,
      { ...fields, step, checkpoint: blob(checkpoint), records: blob(records) },
      5000,
    );
  await assert.rejects(
    ask(3, 2 ** 31 - 1, 100),
    code("SIZE", /checkpoint of step 3: The blob must have at most/),
  );
  await assert.rejects(ask(2 ** 40, 1000, 100), code("SIZE", /must be at most/));
  assert.equal(pulls, 0);
});

test("a different snapshot of a step is refused and raises an alarm", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(3);
  await assert.rejects(
    coordinator.snapshot(3, { bend: 1 }),
    code("MISMATCH", /Cannot keep step 3 of run mine/),
  );
  const kept = await readFile(join(world.root, "mine", "checkpoints", "3.safetensors"));
  assert.equal(hashOf(kept), hashOf(checkpointBytes(coordinator.config, 3)));
  const alarm = (await world.lines("mine")).find(({ event }) => event === "alarm");
  assert.deepEqual([alarm?.alarm, alarm?.step], ["snapshot-mismatch", 3]);
});

test("snapshot is refused if the records leave a gap or the checkpoint is of another step", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await assert.rejects(coordinator.snapshot(3, { from: 2 }), code("RECORDS", /step 1 is the next/));
  await assert.rejects(coordinator.snapshot(3, { records: recordLines(1, 2) }), code("RECORDS", /end at 2/));
  const { messenger } = coordinator.actor;
  const question = {
    ...coordinator.fields,
    step: 3,
    checkpoint: messenger.blobs.offer("c", checkpointBytes(coordinator.config, 4)),
    records: messenger.blobs.offer("r", new TextEncoder().encode(recordLines(1, 3))),
  };
  const ask = () =>
    messenger.ask(messages.snapshot, messages.done, subjects.evaluator.snapshot, question, 5000);
  await assert.rejects(ask(), code("CHECKPOINT", /must hold that step, got 4/));
  messenger.blobs.withdraw("c");
  await assert.rejects(ask(), code("GONE", /No blob/));
  assert.deepEqual(await world.steps("mine", "step"), []);
  await coordinator.snapshot(3);
});

test("a full disk refuses a snapshot, and the same snapshot is stored once there is room", async () => {
  await using world = await World.begin();
  const disk = fillingDisk();
  await using _evaluator = await world.evaluator({ disk });
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(1);
  disk.full = true;
  await assert.rejects(coordinator.snapshot(3), code("DISK", /Cannot keep step 3 of run mine: ENOSPC/));
  await assert.rejects(coordinator.snapshot(3), code("DISK"));
  await assert.rejects(coordinator.open({ run: "mine" }), code("DISK"));
  await assert.rejects(coordinator.state("ended"), code("DISK"));
  assert.equal((await coordinator.progress()).kept, 1);
  disk.full = false;
  await coordinator.snapshot(3);
  assert.deepEqual(await world.steps("mine", "step"), [1, 2, 3]);
  assert.deepEqual(await world.steps("mine", "checkpoint"), [1, 3]);
  const work = (await readdir(world.root)).find((name) => name.startsWith(".work-"))!;
  assert.deepEqual(await readdir(join(world.root, work)), []);
  assert.deepEqual(await readdir(join(world.root, "mine", "checkpoints")), [
    "1.safetensors",
    "3.safetensors",
  ]);
});

test("a checkpoint whose name could not be synced is written again, stored and measured", async () => {
  await using world = await World.begin();
  let failing = false;
  let renamed = 0;
  const disk: Disk = {
    ...systemDisk,
    async rename(from, to) {
      if (to.endsWith("2.safetensors") && to.includes("checkpoints")) renamed++;
      return systemDisk.rename(from, to);
    },
    async syncFolder(path) {
      if (failing && path.endsWith("checkpoints")) {
        throw Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
      }
      return systemDisk.syncFolder(path);
    },
  };
  await using _evaluator = await world.evaluator({ disk });
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  failing = true;
  await assert.rejects(coordinator.snapshot(2), code("DISK", /EIO/));
  failing = false;
  await coordinator.snapshot(2);
  assert.equal(renamed, 2);
  assert.deepEqual((await coordinator.measured()).pending, []);
  assert.deepEqual(await world.steps("mine", "evaluation"), [2]);
});

test("an evaluator that starts on a full disk serves, and writes once there is room", async () => {
  await using world = await World.begin();
  const first = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(1);
  await first.stop();
  const disk = fillingDisk();
  // There is room for its generation but for nothing of the runs.
  const take = disk.mkdir;
  disk.mkdir = async (path) => {
    await take(path);
    if (path.includes(".work-")) disk.full = true;
  };
  await using _evaluator = await world.evaluator({ disk });
  assert.equal((await coordinator.progress()).kept, 1);
  await assert.rejects(coordinator.snapshot(2), code("DISK"));
  disk.full = false;
  await coordinator.snapshot(2);
  assert.deepEqual(await world.steps("mine", "step"), [1, 2]);
});

test("a late state does not undo the run's end, but a newer epoch's state does", async () => {
  await using world = await World.begin();
  const evaluator = await world.evaluator();
  const first = await world.coordinator();
  await first.open({ run: "mine" });
  const stored = async () => JSON.parse(await readFile(join(world.root, "mine", "state"), "utf8")).state;
  for (const state of ["training", "ended", "training", "waiting"] as const) await first.state(state);
  assert.equal(await stored(), "ended");
  await evaluator.stop();
  await using _next = await world.evaluator();
  await first.state("training");
  assert.equal(await stored(), "ended", "nor after the evaluator was started again");
  const second = await world.coordinator();
  await second.open({ run: "mine" });
  await second.state("training");
  assert.equal(await stored(), "training");
});
