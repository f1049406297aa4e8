import assert from "node:assert/strict";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { test } from "node:test";
import { hashOf, messages, subjects } from "@memnet/protocol";
import { checkpointPath, runPaths } from "@memnet/runs";
import { checkpointBytes, smallConfig } from "@memnet/runs/testing";
import { type Disk, systemDisk } from "@memnet/service";
import { World } from "./world.testing.ts";

const code =
  (wanted: string, text: RegExp = /./) =>
  (error: unknown) => {
    const { code: got, message } = error as { code: string; message: string };
    assert.equal(got, wanted, message);
    assert.match(message, text);
    return true;
  };

const inputError = () => Object.assign(new Error("EIO: made up"), { code: "EIO" });

async function damage(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 1]! ^= 1;
  await writeFile(path, bytes);
}

/** Returns the SHA-256 of each file below a folder, by its path. */
async function filesIn(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const hashes = files.sort().map(async (path) => [path, hashOf(await readFile(path))] as const);
  return Object.fromEntries(await Promise.all(hashes));
}

/** A disk that records which paths below a folder were synced or renamed into place. */
function recorded(folder: string): { readonly disk: Disk; readonly done: string[] } {
  const done: string[] = [];
  const disk: Disk = {
    ...systemDisk,
    async syncFolder(path) {
      await systemDisk.syncFolder(path);
      done.push(`sync ${relative(folder, path)}`);
    },
    async rename(from, to) {
      await systemDisk.rename(from, to);
      done.push(`place ${relative(folder, to)}`);
    },
  };
  return { disk, done };
}

test("open creates a run named after machine and time", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  const opened = await coordinator.open();
  assert.match(opened.run, /^desk_\d{12}$/);
  const { ok, run, ...rest } = opened;
  assert.deepEqual(rest, {
    epoch: 1,
    created: true,
    config: smallConfig(),
    fingerprint: null,
    checkpoint: null,
    ...{ skipped: 0, audited: 0, excluded: [], suspects: [] },
    state: "waiting",
  });
  const stored = JSON.parse(await readFile(join(world.root, run, "config.json"), "utf8"));
  assert.equal(stored.machine, "desk");
  assert.deepEqual(stored.versions, { node: "20" });
  const epoch = JSON.parse(await readFile(join(world.root, run, "epochs", "1"), "utf8"));
  assert.deepEqual(epoch, { coordinator: coordinator.id, machine: "desk" });
});

test("open creates a named run the first time, and opens it afterwards", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  assert.equal((await coordinator.open({ run: "mine" })).created, true);
  const again = await coordinator.open({ run: "mine" });
  assert.deepEqual([again.created, again.epoch], [false, 2]);
});

test("open without a name takes the configuration's unfinished run that no coordinator holds", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const first = await world.coordinator();
  const { run } = await first.open();
  assert.equal((await (await world.coordinator()).open()).run, run);
  const other = await (await world.coordinator(smallConfig({ seed: 2 }))).open();
  assert.notEqual(other.run, run);
  assert.notEqual((await (await world.coordinator()).open({ fresh: true })).run, run);
});

test("open without a name skips ended and held runs", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const first = await world.coordinator();
  await first.open({ run: "over" });
  await first.state("ended");
  const second = await world.coordinator();
  second.lives();
  await second.open({ run: "held" });
  const third = await (await world.coordinator()).open();
  assert.equal(third.created, true);
});

test("open for a new run, repeated by the same coordinator, returns the run it already has", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  const first = await coordinator.open({ fresh: true });
  const second = await coordinator.open({ fresh: true });
  assert.deepEqual([second.run, second.created, second.epoch], [first.run, false, 2]);
});

test("open is refused while the holder answers, and granted once it does not", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const holder = await world.coordinator(smallConfig(), "attic");
  holder.lives();
  await holder.open({ run: "mine" });
  const other = await world.coordinator();
  await assert.rejects(
    other.open({ run: "mine" }),
    code("HELD", new RegExp(`${holder.id} on attic holds it`)),
  );
  assert.equal((await holder.open({ run: "mine" })).epoch, 2);
  holder.gone();
  assert.equal((await other.open({ run: "mine" })).epoch, 3);
});

test("open with another training configuration is refused, naming each setting with both values", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  await (await world.coordinator()).open({ run: "mine" });
  const other = await world.coordinator(smallConfig({ seed: 9, memory: { slots: 6, width: 2 } }));
  await assert.rejects(
    other.open({ run: "mine" }),
    code("CONFIG", /memory\.slots is 5 there and 6 here; seed is 1 there and 9 here/),
  );
});

test("open with another operation stores it", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  await (await world.coordinator()).open({ run: "mine" });
  const more = smallConfig({ steps: 40, relaxed: true });
  const opened = await (await world.coordinator(more)).open({ run: "mine" });
  assert.deepEqual(opened.config, more);
  const stored = JSON.parse(await readFile(join(world.root, "mine", "config.json"), "utf8"));
  assert.deepEqual([stored.operation.steps, stored.relaxedFrom], [40, 0]);
});

test("open answers with the newest checkpoint, and cuts the lines after it", async () => {
  await using world = await World.begin();
  const evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  for (const step of [1, 2, 3]) await coordinator.snapshot(step, { from: step });
  await coordinator.measured();
  await evaluator.stop();
  // The state that a crash leaves: records without their checkpoint, an event, and a torn line.
  const path = join(world.root, "mine", "metrics.jsonl");
  const more = '{"kind":"step","step":4}\n{"kind":"event","event":"late"}\n{"kind":"step","st';
  await writeFile(path, (await readFile(path, "utf8")) + more);
  await using _evaluator = await world.evaluator();
  const { checkpoint } = await coordinator.open({ run: "mine" });
  assert.equal(checkpoint?.step, 3);
  assert.equal(
    hashOf(await coordinator.pulled(checkpoint!.blob)),
    hashOf(checkpointBytes(coordinator.config, 3)),
  );
  assert.deepEqual(await world.steps("mine", "step"), [1, 2, 3]);
  assert.ok((await world.lines("mine")).some(({ event }) => event === "late"));
});

test("open quarantines a damaged checkpoint and takes the previous one", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  for (const step of [1, 2, 3]) await coordinator.snapshot(step, { from: step });
  await coordinator.measured();
  const paths = runPaths(world.root, "mine");
  await damage(checkpointPath(paths, 3));
  // An intact checkpoint, but of another step.
  await writeFile(checkpointPath(paths, 2), checkpointBytes(coordinator.config, 7));
  const opened = await coordinator.open({ run: "mine" });
  assert.equal(opened.checkpoint?.step, 1);
  assert.deepEqual(await readdir(paths.setAside), ["2.safetensors", "3.safetensors"]);
  assert.deepEqual(await world.steps("mine", "step"), [1]);
  assert.deepEqual(await world.steps("mine", "evaluation"), []);
  const why = (await world.lines("mine")).filter(({ event }) => event === "checkpoint-set-aside");
  assert.match(String(why[0]?.why), /checksum/);
  assert.match(String(why[1]?.why), /must hold that step, got 7/);
  assert.deepEqual(world.errors, [
    `Checkpoint 3 of run mine was quarantined: ${why[0]?.why}`,
    `Checkpoint 2 of run mine was quarantined: ${why[1]?.why}`,
    "Run mine resumes from step 1: no newer checkpoint can be used",
  ]);
});

test("open reports that the newest checkpoint is missing, and resumes from the previous one", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  for (const step of [1, 2]) await coordinator.snapshot(step, { from: step });
  await coordinator.measured();
  await rm(checkpointPath(runPaths(world.root, "mine"), 2));
  assert.equal((await coordinator.open({ run: "mine" })).checkpoint?.step, 1);
  assert.deepEqual(world.errors, [
    "Checkpoint 2 of run mine was quarantined: checkpoint 2 is gone",
    "Run mine resumes from step 1: no newer checkpoint can be used",
  ]);
});

test("open is refused if config.json was edited, and every file stays unchanged", async () => {
  await using world = await World.begin();
  const first = await world.evaluator();
  const coordinator = await world.coordinator(smallConfig({ checkpointEvery: 2 }));
  await coordinator.open({ run: "mine" });
  for (const step of [2, 4]) await coordinator.snapshot(step, { from: step - 1 });
  await first.stop();
  const paths = runPaths(world.root, "mine");
  const stored = await readFile(paths.config, "utf8");
  await writeFile(paths.config, stored.replace('"seed": 1', '"seed": 5'));
  const before = await filesIn(paths.folder);
  // Its evaluations are due, but neither measuring nor opening may quarantine a checkpoint.
  const second = await world.evaluator();
  const edited = await world.coordinator(smallConfig({ checkpointEvery: 2, seed: 5 }));
  await assert.rejects(
    edited.open({ run: "mine" }),
    code(
      "CONFIG",
      /checkpoint 4 .*: seed is 1 in the checkpoint and 5 in config\.json\. Nothing was changed.* --from mine --set seed=5$/,
    ),
  );
  await second.stop();
  assert.deepEqual(await filesIn(paths.folder), before);
  await writeFile(paths.config, stored);
  await using _third = await world.evaluator();
  assert.equal((await coordinator.open({ run: "mine" })).checkpoint?.step, 4);
});

test("open is refused if the newest checkpoint has other settings, even if the previous one has not", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  for (const step of [1, 2]) await coordinator.snapshot(step, { from: step });
  await coordinator.measured();
  const paths = runPaths(world.root, "mine");
  await writeFile(checkpointPath(paths, 2), checkpointBytes(smallConfig({ seed: 2 }), 2));
  const before = await filesIn(paths.folder);
  await assert.rejects(
    coordinator.open({ run: "mine" }),
    code("CONFIG", /seed is 2 in the checkpoint and 1/),
  );
  assert.deepEqual(await filesIn(paths.folder), before);
});

test("open is refused if no checkpoint can be used, and every file stays unchanged", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  for (const step of [1, 2]) await coordinator.snapshot(step, { from: step });
  await coordinator.measured();
  const paths = runPaths(world.root, "mine");
  for (const step of [1, 2]) await damage(checkpointPath(paths, step));
  const before = await filesIn(paths.folder);
  const refused = code(
    "DAMAGED",
    /none of its 2 checkpoints can be used: checkpoint 2: .*Nothing was changed/,
  );
  await assert.rejects(coordinator.open({ run: "mine" }), refused);
  assert.deepEqual(await filesIn(paths.folder), before);
  await rm(paths.checkpoints, { recursive: true });
  await mkdir(paths.checkpoints);
  await assert.rejects(coordinator.open({ run: "mine" }), code("DAMAGED"));
});

test("open repairs duplicate and missing records, and reports it", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(4, { from: 1 });
  await coordinator.measured();
  const { metrics } = runPaths(world.root, "mine");
  const lines = (await readFile(metrics, "utf8")).split("\n");
  const third = lines.findIndex((line) => line.includes('"step":3,'));
  const without = lines.filter((_line, index) => index !== third);
  await writeFile(metrics, [...without.slice(0, 2), without[1], ...without.slice(2)].join("\n"));
  await coordinator.open({ run: "mine" });
  assert.deepEqual(await world.steps("mine", "step"), [1, 2, 3, 4]);
  const mended = (await world.lines("mine")).find(({ kind, step }) => kind === "step" && step === 3);
  assert.deepEqual(mended, { kind: "step", step: 3, loss: null, gradientNorm: null, lost: true });
  assert.deepEqual(world.errors, [
    "metrics.jsonl of run mine has more than one line for step 1 and has no line for step 3: mended",
  ]);
});

test("open before a step quarantines its checkpoint and later ones, and updates the best", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator(smallConfig({ checkpointsKept: 9 }));
  coordinator.lives();
  await coordinator.open({ run: "mine" });
  for (const step of [2, 4, 6]) await coordinator.snapshot(step, { from: step - 1 });
  await coordinator.measured();
  const best = join(world.root, "mine", "best.safetensors");
  assert.equal(hashOf(await readFile(best)), hashOf(checkpointBytes(coordinator.config, 6)));
  const opened = await coordinator.open({ run: "mine", before: 4 });
  assert.deepEqual([opened.epoch, opened.checkpoint?.step], [2, 2]);
  assert.deepEqual(await readdir(join(world.root, "mine", "checkpoints")), ["2.safetensors"]);
  assert.deepEqual(await world.steps("mine", "step"), [1, 2]);
  assert.deepEqual(await world.steps("mine", "evaluation"), [2]);
  assert.equal(hashOf(await readFile(best)), hashOf(checkpointBytes(coordinator.config, 2)));
  // Other bits for the same step are accepted now.
  await coordinator.snapshot(4, { from: 3, bend: 1 });
});

test("a doubt outlives coordinator and evaluator: every later open resumes before it and knows who is excluded", async () => {
  await using world = await World.begin();
  const first = await world.evaluator();
  const coordinator = await world.coordinator(smallConfig({ checkpointsKept: 9 }));
  await coordinator.open({ run: "mine" });
  for (const step of [2, 4, 6]) await coordinator.snapshot(step, { from: step - 1 });
  const liar = { role: "trainer", id: "t1", machine: "box", step: 6, why: "it lied" } as const;
  await coordinator.doubt({ before: 4, excluded: [liar], suspects: ["t2"] });
  await first.stop();
  await using _second = await world.evaluator();
  const other = await world.coordinator(coordinator.config);
  const opened = await other.open({ run: "mine" });
  assert.equal(opened.checkpoint?.step, 2);
  assert.deepEqual([opened.excluded, opened.suspects], [[liar], ["t2"]]);
  assert.deepEqual(await world.steps("mine", "step"), [1, 2]);
  // Once the run has gone back, it goes back no further.
  await other.snapshot(4, { from: 3, bend: 1 });
  const again = await other.open({ run: "mine" });
  assert.deepEqual([again.checkpoint?.step, again.excluded], [4, [liar]]);
});

test("a run is taken up with its checkpoints as listed, even if a process was killed right after moving one", async () => {
  await using world = await World.begin();
  const first = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  for (const step of [1, 2]) await coordinator.snapshot(step);
  await first.stop();
  const paths = runPaths(world.root, "mine");
  await mkdir(paths.setAside);
  await rename(checkpointPath(paths, 2), join(paths.setAside, "2.safetensors"));
  const { disk, done } = recorded(paths.folder);
  await using _second = await world.evaluator({ disk });
  assert.equal((await coordinator.progress()).kept, 1);
  const synced = done.indexOf("sync checkpoints");
  assert.ok(synced >= 0 && synced < done.indexOf("place metrics.jsonl"), done.join(", "));
});

test("open recreates a run if the rename of its folder reported an error but took effect", async () => {
  await using world = await World.begin();
  const { disk, done } = recorded(world.root);
  const rename: Disk["rename"] = async (from, to) => {
    await disk.rename(from, to);
    if (done.filter((what) => what === "place mine").length === 1 && to === join(world.root, "mine"))
      throw inputError();
  };
  await using _evaluator = await world.evaluator({ disk: { ...disk, rename } });
  const coordinator = await world.coordinator();
  await assert.rejects(coordinator.open({ run: "mine" }), code("DISK", /EIO/));
  assert.equal((await coordinator.open({ run: "mine" })).created, true);
  const names = done.filter((what) => what === "place mine" || what === "sync ");
  // The first folder is durably removed before the second is put in place.
  assert.deepEqual(names.slice(-4), ["place mine", "sync ", "place mine", "sync "]);
});

test("open recreates a run whose evaluator ended after failing to sync the name of its folder", async () => {
  await using world = await World.begin();
  const { folder } = runPaths(world.root, "mine");
  const disk: Disk = {
    ...systemDisk,
    async syncFolder(path) {
      if (path === world.root && (await systemDisk.stat(folder))) throw inputError();
      await systemDisk.syncFolder(path);
    },
  };
  const first = await world.evaluator({ disk });
  const coordinator = await world.coordinator();
  await assert.rejects(coordinator.open({ run: "mine" }), code("DISK", /EIO/));
  await first.stop();
  assert.ok((await readdir(world.root)).includes("mine"));
  await using _second = await world.evaluator();
  assert.ok(!(await readdir(world.root)).includes("mine"));
  assert.equal((await coordinator.open({ run: "mine" })).created, true);
});

test("open creates no run if the name is taken by something else, and follows no links", async () => {
  await using world = await World.begin();
  await mkdir(join(world.root, "elsewhere"));
  await symlink(join(world.root, "elsewhere"), join(world.root, "link"));
  await writeFile(join(world.root, "file"), "");
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await assert.rejects(coordinator.open({ run: "link" }), code("NAME"));
  await assert.rejects(coordinator.open({ run: "file" }), code("NAME"));
  await assert.rejects(coordinator.open({ run: "elsewhere" }), code("DAMAGED", /no config\.json/));
  assert.deepEqual(await readdir(join(world.root, "elsewhere")), []);
});

test("open refuses a bad name, a bad configuration and an unresolved engine", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  for (const run of ["../x", "a/b", "", "mine_test", "."]) {
    await assert.rejects(coordinator.open({ run }), code("SCHEMA", /run/));
  }
  coordinator.config = smallConfig({ engine: "auto" });
  await assert.rejects(coordinator.open(), code("CONFIG", /engine must be resolved/));
  coordinator.config = { ...smallConfig(), training: { ...smallConfig().training, seed: -1 } };
  await assert.rejects(coordinator.open(), code("CONFIG", /training\.seed/));
  assert.deepEqual(
    (await readdir(world.root)).filter((name) => !name.startsWith(".")),
    [],
  );
});

test("fingerprint is fixed once, and forgotten when a run that has taken no step is opened again", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  const print = "a".repeat(64);
  await coordinator.fixFingerprint(print);
  await coordinator.fixFingerprint(print);
  await assert.rejects(
    coordinator.fixFingerprint("b".repeat(64)),
    code("FINGERPRINT", /must be a{64}, got b{64}/),
  );
  assert.equal((await coordinator.open({ run: "mine" })).fingerprint, null);
  await coordinator.fixFingerprint(print);
  await coordinator.snapshot(1);
  assert.equal((await coordinator.open({ run: "mine" })).fingerprint, print);
});

test("messages with an older epoch or another training configuration are refused", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const old = await world.coordinator();
  await old.open({ run: "mine" });
  const next = await world.coordinator();
  await next.open({ run: "mine" });
  await assert.rejects(old.snapshot(1), code("EPOCH", /must be of epoch 2, got 1/));
  await assert.rejects(old.state("ended"), code("EPOCH"));
  await assert.rejects(old.progress(), code("EPOCH"));
  await assert.rejects(old.fixFingerprint("a".repeat(64)), code("EPOCH"));
  next.config = smallConfig({ seed: 2 });
  await assert.rejects(next.progress(), code("TRAINING"));
  const question = { run: "none", epoch: 1, trainingHash: "0".repeat(64) };
  const { messenger } = old.actor;
  await assert.rejects(
    messenger.ask(messages.progress, messages.progressAnswer, subjects.evaluator.progress, question, 5000),
    code("RUN"),
  );
});
