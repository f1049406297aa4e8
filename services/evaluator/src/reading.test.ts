import assert from "node:assert/strict";
import { appendFile, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { messages, subjects } from "@memnet/protocol";
import { listFigures, listRuns, readRun, readSweep, removeRun, sweepRuns } from "@memnet/runs";
import { smallConfig } from "@memnet/runs/testing";
import { systemDisk } from "@memnet/service";
import { fakeMeasurer, World } from "./world.testing.ts";

async function asked(world: World) {
  const { messenger } = (await world.coordinator()).actor;
  return {
    runs: async () =>
      (await messenger.ask(messages.listRuns, messages.runList, subjects.evaluator.runs, {}, 5000)).fields
        .runs,
    remove: (run: string) =>
      messenger.ask(messages.removeRun, messages.done, subjects.evaluator.remove, { run }, 5000),
  };
}

test("listRuns() reads every run without an evaluator, and shows a training run as stopped", async () => {
  await using world = await World.begin();
  const evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  coordinator.lives();
  await coordinator.open({ run: "mine" });
  await coordinator.state("training");
  await coordinator.snapshot(2);
  await coordinator.measured();
  const best = { step: 2, loss: 1, lossBits: 1, wrongBits: 9.8, exact: 0, floor: null };
  const [spikes, note] = [
    { count: 0, last: null },
    { text: "", tags: [] },
  ];
  const summary = {
    ...{ run: "mine", state: "training", step: 2, steps: 20, best, spikes, note },
    ...{ model: "ntm", task: "copy", audited: 0 },
  };
  assert.deepEqual(await (await asked(world)).runs(), [summary]);
  await evaluator.stop();
  // Add files, links, folders that are not runs, and a damaged run.
  await writeFile(join(world.root, "file"), "");
  await mkdir(join(world.root, "empty"));
  await mkdir(join(world.root, "broken"));
  await writeFile(join(world.root, "broken", "config.json"), "{");
  await symlink(join(world.root, "mine"), join(world.root, "link"));
  assert.deepEqual(await listRuns(systemDisk, world.root), [{ ...summary, state: "stopped" }]);
  assert.deepEqual(await listRuns(systemDisk, join(world.root, "nowhere")), []);
});

test("an evaluator lists ended runs too, and shows a run that no coordinator holds as stopped", async () => {
  await using world = await World.begin();
  const first = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "over" });
  await coordinator.state("ended");
  await coordinator.open({ run: "left" });
  await coordinator.state("training");
  await first.stop();
  await using _second = await world.evaluator();
  const { runs } = await asked(world);
  const states = async () => (await runs()).map(({ run, state }) => `${run} ${state}`);
  assert.deepEqual(await states(), ["left stopped", "over ended"]);
  // The second time, the summaries come from memory.
  assert.deepEqual(await states(), ["left stopped", "over ended"]);
});

test("listFigures() and the evaluator return what each run has reached, with the newest figures beyond training", async () => {
  await using world = await World.begin();
  // The second and fourth evaluations include sizes beyond training.
  const exact = (step: number) => ({ exact: step / 10 });
  const evaluator = await world.evaluator({ measurer: fakeMeasurer(exact) });
  const coordinator = await world.coordinator(smallConfig({ beyondEvery: 2 }));
  await coordinator.open({ run: "mine" });
  for (const step of [2, 4, 6, 8, 10]) {
    await coordinator.snapshot(step);
    await coordinator.measured();
  }
  await coordinator.open({ run: "new" });
  const goal = { figure: "wrongBits", comparison: "<", value: 9.7 } as const;
  const { training } = coordinator.config;
  const mine = {
    run: "mine",
    training,
    reached: 4,
    best: { step: 10, loss: 1, lossBits: 1, wrongBits: 9, exact: 1, floor: null },
    beyond: [{ split: "length-20", step: 8, wrongBits: 9.2, exact: 0.8 }],
  };
  const { messenger } = coordinator.actor;
  const { figures } = subjects.evaluator;
  const ask = (run: string) =>
    messenger.ask(messages.askFigures, messages.runFigures, figures, { run, goal }, 5000);
  assert.deepEqual((await ask("mine")).fields, { ok: true, ...mine });
  await assert.rejects(ask("none"), { code: "RUN" });
  await coordinator.state("ended");
  await evaluator.stop();
  const fresh = { run: "new", training, reached: null, best: null, beyond: [] };
  await mkdir(join(world.root, "empty"));
  assert.deepEqual(await listFigures(systemDisk, world.root, goal), [mine, fresh]);
  // Ended runs are not taken up; they are read on request.
  await using _second = await world.evaluator();
  assert.deepEqual((await ask("new")).fields, { ok: true, ...fresh });
});

test("readRun() returns configuration, checkpoints, best and lines", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  await coordinator.snapshot(2);
  await coordinator.measured();
  await appendFile(join(world.root, "mine", "metrics.jsonl"), '{"kind":"st');
  const read = await readRun(systemDisk, world.root, "mine");
  assert.deepEqual(read.config.training, coordinator.config.training);
  assert.deepEqual(read.checkpoints, [
    { step: 2, path: join(world.root, "mine", "checkpoints", "2.safetensors") },
  ]);
  assert.equal(read.best, join(world.root, "mine", "best.safetensors"));
  assert.deepEqual(
    read.lines.map(({ kind }) => kind),
    ["event", "step", "step", "checkpoint", "evaluation"],
  );
  await assert.rejects(readRun(systemDisk, world.root, "../mine"), /there is none of that name/);
  await assert.rejects(readRun(systemDisk, world.root, "none"), /there is none of that name/);
});

test("removeRun() removes a run, unless it is in use, and nothing else", async () => {
  await using world = await World.begin();
  const evaluator = await world.evaluator();
  await (await world.coordinator()).open({ run: "mine" });
  await evaluator.stop();
  await assert.rejects(
    removeRun(systemDisk, world.root, "mine", async () => "a launcher runs here"),
    /a launcher/,
  );
  await assert.rejects(removeRun(systemDisk, world.root, "../mine"), /there is none/);
  await assert.rejects(removeRun(systemDisk, world.root, ".id"), /there is none/);
  await removeRun(systemDisk, world.root, "mine");
  assert.deepEqual(
    (await readdir(world.root)).filter((name) => !/^\.(id|work|generation)/.test(name)),
    [],
  );
});

test("remove is refused while the holder answers", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const { remove, runs } = await asked(world);
  const coordinator = await world.coordinator();
  coordinator.lives();
  await coordinator.open({ run: "mine" });
  await assert.rejects(remove("mine"), { code: "HELD" });
  coordinator.gone();
  await remove("mine");
  assert.deepEqual(await runs(), []);
  await assert.rejects(remove("mine"), { code: "RUN" });
  await assert.rejects(coordinator.progress(), { code: "RUN" });
  assert.equal((await coordinator.open({ run: "mine" })).created, true);
});

test("log lines and events are written, and those of unknown runs are dropped", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const coordinator = await world.coordinator();
  await coordinator.open({ run: "mine" });
  const { messenger } = coordinator.actor;
  const events = [{ event: "alarm", kind: "step", step: 3 }];
  messenger.send(messages.log, subjects.evaluator.log, { run: "none", lines: ["lost"], events });
  messenger.send(messages.log, subjects.evaluator.log, { run: "mine", lines: ["one", "two\nthree"], events });
  while (!(await world.lines("mine")).some(({ event }) => event === "alarm")) await coordinator.progress();
  assert.equal(await readFile(join(world.root, "mine", "run.log"), "utf8"), "one\ntwo three\n");
  const line = (await world.lines("mine")).find(({ event }) => event === "alarm");
  assert.deepEqual([line?.kind, typeof line?.time], ["event", "string"]);
});

test("status reports the folder, due evaluations and why it waits", async () => {
  await using world = await World.begin();
  await using _evaluator = await world.evaluator();
  const { messenger } = (await world.coordinator()).actor;
  const { fields } = await messenger.ask(messages.askStatus, messages.status, subjects.status, {}, 5000);
  assert.deepEqual([fields.role, fields.state, fields.waitsFor], ["evaluator", "idle", null]);
  assert.deepEqual(fields.detail, {
    folder: world.root,
    generation: 1,
    measuring: null,
    due: 0,
    diskError: null,
    cutOff: [],
  });
});

test("a sweep is stored, replaced, listed and read, and survives a restart", async () => {
  await using world = await World.begin();
  const evaluator = await world.evaluator();
  const { messenger } = (await world.coordinator()).actor;
  const { storeSweep, done, listSweeps, sweepList, askSweep, sweepAnswer } = messages;
  const { storeSweep: storing, sweeps, sweep: reading } = subjects.evaluator;
  const goal = { figure: "wrongBits", comparison: "<", value: 0.1 } as const;
  const one = {
    name: "rates",
    goal,
    points: [{ label: "16", settings: { "memory.slots": "16" } }],
    seeds: [1, 2],
    pruned: [],
  };
  const names = async () => (await messenger.ask(listSweeps, sweepList, sweeps, {}, 5000)).fields.names;
  assert.deepEqual(await names(), []);
  await messenger.ask(storeSweep, done, storing, { sweep: one }, 5000);
  await messenger.ask(storeSweep, done, storing, { sweep: { ...one, name: "other" } }, 5000);
  const more = { ...one, seeds: [1, 2, 3] };
  await messenger.ask(storeSweep, done, storing, { sweep: more }, 5000);
  await evaluator.stop();
  await using _again = await world.evaluator();
  assert.deepEqual(await names(), ["other", "rates"]);
  const { fields } = await messenger.ask(askSweep, sweepAnswer, reading, { name: "rates" }, 5000);
  assert.deepEqual(fields.sweep, more);
  assert.deepEqual(await readSweep(systemDisk, world.root, "rates"), more);
  assert.deepEqual(
    sweepRuns(more).map(({ run }) => run),
    ["rates-16-seed-1", "rates-16-seed-2", "rates-16-seed-3"],
  );
  await assert.rejects(messenger.ask(askSweep, sweepAnswer, reading, { name: "none" }, 5000), {
    code: "SWEEP",
  });
  await writeFile(join(world.root, ".sweeps", "torn.json"), "{");
  await assert.rejects(messenger.ask(askSweep, sweepAnswer, reading, { name: "torn" }, 5000), {
    code: "SWEEP",
  });
});
