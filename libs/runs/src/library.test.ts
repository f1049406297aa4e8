import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { systemDisk } from "@memnet/service";
import { loadModel, type TrainSettings, train } from "memnet";
import { readIndexed } from "./indexed.ts";
import { loadRun, loadTask, recordRun } from "./library.ts";
import { summary } from "./summary.ts";

const settings = {
  model: "ntm",
  task: { name: "copy", bits: 2, length: [1, 2] },
  controller: { hidden: 3 },
  memory: { slots: 5, width: 2 },
  heads: { reads: 1, writes: 1 },
  steps: 6,
  evaluateEvery: 2,
  beyondEvery: 3,
  evaluationBatches: 1,
  checkpointEvery: 3,
} as const satisfies TrainSettings;

async function folder(context: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "memnet-record-"));
  context.after(() => rm(path, { recursive: true }));
  return path;
}

test("recordRun() leaves what a run leaves behind, and loadRun() loads its best model", async (context) => {
  const runsDir = await folder(context);
  const trained = await train({ settings, engine: "wasm", recorder: recordRun({ runsDir, run: "mine" }) });
  const read = (await readIndexed(systemDisk, runsDir, "mine"))!;
  const { state, step, best, model, task } = summary("mine", read);
  assert.deepEqual([state, step, model, task], ["ended", 6, "ntm", "copy"]);
  assert.equal(best?.step, trained.best?.step);
  assert.deepEqual(read.config.training, trained.config.training);
  assert.match(read.config.fingerprint!, /^[0-9a-f]{64}$/);
  assert.equal(read.index.lastStep, 6);
  assert.equal(read.index.checkpoints.get(6), trained.sha256);
  assert.deepEqual([...read.index.checkpoints.keys()], [0, 2, 3, 4, 6]);
  const splits = read.index.evaluations.map((line) => `${line.step} ${line.split}`);
  assert.deepEqual(
    splits.filter((name) => name.endsWith("validation")),
    ["2 validation", "4 validation", "6 validation"],
  );
  assert.ok(splits.includes("6 length-40"), splits.join());
  const model6 = await loadRun(join(runsDir, "mine"));
  assert.equal(model6.sha256, (await loadModel(trained.best!.checkpoint)).sha256);
});

test("recordRun() notes how a run ended, and keeps the step where it was stopped", async (context) => {
  const runsDir = await folder(context);
  const stop = new AbortController();
  const recorder = recordRun({ runsDir, run: "stopped" });
  const onStep = ({ step }: { step: number }) => step === 5 && stop.abort();
  await train({ settings, engine: "wasm", recorder, onStep, signal: stop.signal });
  assert.match(await readFile(join(runsDir, "stopped", "state"), "utf8"), /"stopped"/);
  assert.ok((await readdir(join(runsDir, "stopped", "checkpoints"))).includes("5.safetensors"));
});

test("recordRun() refuses a folder that exists, a run that resumes, and a task without a file", async (context) => {
  const runsDir = await folder(context);
  const record = () => recordRun({ runsDir, run: "one" });
  const trained = await train({ settings, engine: "wasm", recorder: record() });
  await assert.rejects(train({ settings, engine: "wasm", recorder: record() }), /must not exist yet/);
  const from = trained.checkpoint();
  const resumed = { settings: { ...settings, steps: 8 }, engine: "wasm", from } as const;
  await assert.rejects(train({ ...resumed, recorder: recordRun({ runsDir }) }), /begins at step 0, got 6/);
  const task = { ...trained.task };
  await assert.rejects(
    train({ task, settings, recorder: recordRun({ runsDir }) }),
    /must be built in, or come from/,
  );
});

test("loadTask() loads a file's task, with the settings that a record needs", async (context) => {
  const runsDir = await folder(context);
  const file = join(runsDir, "mine.mjs");
  await writeFile(
    file,
    `export const task = {
      name: "mine", settings: { length: 2 }, beyond: {}, input: () => 1, output: () => 1,
      sequence: () => ({ times: 2, x: new Float32Array(2), y: new Float32Array(2), mask: new Float32Array([0, 1]) }),
    };`,
  );
  const { task, settings: own } = await loadTask(file);
  const { model, controller, memory, heads } = settings;
  const given = { model, controller, memory, heads, steps: 1, ...own };
  await train({ task, engine: "wasm", settings: given, recorder: recordRun({ runsDir, run: "own" }) });
  const read = (await readIndexed(systemDisk, runsDir, "own"))!;
  assert.equal(read.config.operation.taskFile, file);
  assert.match(read.config.training.task.sha256!, /^[0-9a-f]{64}$/);
  await assert.rejects(loadTask(join(runsDir, "none.mjs")), /must exist/);
  await assert.rejects(loadRun(runsDir), /must hold a checkpoint/);
});
