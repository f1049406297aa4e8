import assert from "node:assert/strict";
import { test } from "node:test";
import { builtInTask } from "../tasks/registry.ts";
import type { Task } from "../tasks/task.ts";
import { valueAt } from "./canonical-json.ts";
import { preset } from "./presets.ts";
import {
  assignmentsBetween,
  merged,
  type RunConfig,
  runConfig,
  type Settings,
  settingsOf,
  withSetting,
} from "./settings.ts";
import { optimizerConfig } from "./training.ts";

const copy = builtInTask("copy");
const ntm: Settings = { ...preset("original-ntm-copy"), engine: "tfjs-cpu" };
const fast: Settings = { ...preset("original-dnc-repeat-copy-fast"), engine: "tfjs-cpu" };

/** A preset's configuration with some `--set`. */
function set(settings: Settings, ...assignments: string[]): RunConfig {
  const written = assignments.reduce(withSetting, settings);
  return runConfig(written, builtInTask((written.task as { name: string }).name));
}

function refusal(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof RangeError, `must be a RangeError, got ${error}`);
    return error.message;
  }
  assert.fail("must be refused");
}

test("runConfig() names a value that JSON cannot write, and only the beginning of a long one", () => {
  const big = refusal(() => runConfig({ ...ntm, seed: 5n }, copy));
  assert.match(big, /seed must be a number, got 5n/);
  assert.ok(refusal(() => runConfig({ ...ntm, seed: "x".repeat(100_000) }, copy)).length < 1000);
});

test("gradientNormMax is read as clip.norm, its name in older runs", () => {
  for (const written of [
    withSetting(ntm, "gradientNormMax=10"),
    { ...ntm, gradientNormMax: 10 },
    settingsOf({ training: { ...ntm, gradientNormMax: 10 }, operation: {} }),
  ])
    assert.deepEqual(runConfig(written, copy).training.clip, { norm: 10, value: 0 });
});

test("withSetting() overrides every number of a preset", () => {
  const numbers: Record<string, unknown> = {
    "controller.hidden": 32,
    "memory.slots": 64,
    "memory.width": 12,
    "heads.reads": 3,
    "heads.writes": 2,
    "heads.shifts": 5,
    "task.bits": 6,
    "task.length": [2, 4],
    "optimizer.learningRate": 0.003,
    "optimizer.decay": 0.95,
    "optimizer.epsilon": 1e-6,
    "optimizer.momentum": 0.5,
    "optimizer.schedule.warmup": 5,
    "optimizer.schedule.decay": "cosine",
    "optimizer.schedule.to": 0.1,
    "optimizer.schedule.over": 100,
    "clip.norm": 10,
    "clip.value": 0.25,
    curriculum: [{ from: 1, task: { length: [1, 3] } }],
    sequencesPerStep: 24,
    microBatch: 8,
    seed: 9007199254740991,
  };
  const operation: Record<string, unknown> = {
    steps: 12,
    evaluateEvery: 3,
    evaluationBatches: 7,
    beyondEvery: 2,
    checkpointEvery: 4,
    checkpointsKept: 5,
    trainers: 6,
    dataEnvs: 2,
  };
  const assignments = Object.entries({ ...numbers, ...operation }).map(
    ([path, value]) => `${path}=${JSON.stringify(value)}`,
  );
  const config = set(ntm, ...assignments);
  for (const [path, value] of Object.entries(numbers))
    assert.deepEqual(valueAt(config.training, path), value, path);
  for (const [path, value] of Object.entries(operation))
    assert.deepEqual(valueAt(config.operation, path), value, path);
});

test("assignmentsBetween() gives what withSetting() needs to turn one configuration into another", () => {
  const one = set(ntm).training;
  const other = set(
    ntm,
    ...["seed=7", "task.length=1..20", "optimizer.kind=adam", "optimizer.epsilon=1e-7", "nonFinite=fail"],
  ).training;
  const assignments = assignmentsBetween(one, other);
  assert.deepEqual(set(settingsOf({ training: one }), ...assignments).training, other);
  assert.deepEqual(assignmentsBetween(one, one), []);
});

test("withSetting() reads ranges as 1..20, numbers, words and JSON", () => {
  assert.deepEqual(valueAt(withSetting({}, "task.length=1..20"), "task.length"), [1, 20]);
  assert.deepEqual(valueAt(withSetting({}, "task.length=[3,4]"), "task.length"), [3, 4]);
  assert.equal(valueAt(withSetting({}, "optimizer.learningRate=1e-3"), "optimizer.learningRate"), 0.001);
  assert.equal(withSetting({}, "nonFinite=fail").nonFinite, "fail");
  assert.equal(withSetting({}, "relaxed=true").relaxed, true);
  assert.equal(withSetting({}, "taskFile=./a=b.ts").taskFile, "./a=b.ts");
});

test("withSetting() leaves the settings it is given alone", () => {
  const before = JSON.stringify(fast);
  withSetting(withSetting(fast, "memory.slots=64"), "task.length=3..4");
  assert.equal(JSON.stringify(fast), before);
});

test("withSetting() refuses what is no assignment and no setting", () => {
  for (const assignment of ["memory.slots", "=5", ""]) {
    assert.match(
      refusal(() => withSetting({}, assignment)),
      /must be PATH=VALUE, as in memory\.slots=64/,
    );
  }
  assert.match(
    refusal(() => withSetting({}, "memry.slots=5")),
    /^Unknown setting memry\.slots; did you mean memory\.slots\?$/,
  );
  assert.match(
    refusal(() => withSetting({}, "__proto__.a=5")),
    /^Unknown setting __proto__/,
  );
});

test("withSetting() switches the model", () => {
  const { training } = set(fast, "model=ntm");
  assert.equal(training.model, "ntm");
  assert.deepEqual("heads" in training && training.heads, { reads: 4, writes: 1, shifts: 3 });
  const dnc = set(ntm, "model=dnc").training;
  assert.deepEqual("heads" in dnc && dnc.heads, { reads: 1, writes: 1 });
  const lstm = set(ntm, "model=lstm").training;
  assert.deepEqual(
    [lstm.controller, "memory" in lstm, "heads" in lstm],
    [{ kind: "lstm", hidden: 100 }, false, false],
  );
  assert.match(
    refusal(() =>
      runConfig(withSetting(withSetting({ ...ntm, engine: "wasm" }, "model=lstm"), "memory.slots=5"), copy),
    ),
    /memory is a setting of another model or kind$/,
  );
});

test("withSetting() switches the optimizer, whose numbers are then that one's own", () => {
  const rmsprop = optimizerConfig.parse({ kind: "rmsprop" });
  const adam = optimizerConfig.parse({ kind: "adam" });
  assert.deepEqual(set(ntm, "optimizer.kind=adam").training.optimizer, adam);
  assert.deepEqual(set(fast, "optimizer.kind=rmsprop").training.optimizer, rmsprop);
  assert.deepEqual(set(fast, "optimizer.beta1=0.8", "optimizer.kind=rmsprop").training.optimizer, rmsprop);
});

test("withSetting() changes a number of an optimizer that the preset does not name", () => {
  assert.deepEqual(set(ntm, "optimizer.learningRate=0.001").training.optimizer, {
    ...optimizerConfig.parse({ kind: "rmsprop" }),
    learningRate: 0.001,
  });
});

test("withSetting() switches the task, whose settings are then that one's own", () => {
  assert.deepEqual(set(fast, "task.length=3..4", "task.name=copy").training.task, {
    name: "copy",
    bits: 8,
    length: [5, 10],
  });
  const long = { ...preset("original-ntm-copy-20"), engine: "tfjs-cpu" };
  assert.deepEqual(set(long, "task.name=repeat-copy").training.task, {
    name: "repeat-copy",
    bits: 4,
    length: [1, 2],
    repeats: [1, 2],
  });
});

test("merged() drops the curriculum of another task", () => {
  const curriculum = [{ from: 5, task: { length: [1, 40] } }];
  const below = { task: { name: "copy" }, curriculum };
  assert.deepEqual(merged(below, { task: { name: "n-gram" } }), { task: { name: "n-gram" } });
  assert.deepEqual(merged(below, { task: { length: [1, 5] } }).curriculum, curriculum);
  const own = [{ from: 5, task: { items: [2, 9] } }];
  const above = { task: { name: "associative-recall" }, curriculum: own };
  assert.deepEqual(merged(below, above), above);
});

test("merged() lays sections over sections and replaces all else", () => {
  const below = { memory: { slots: 16, width: 16 }, seed: 1, task: { name: "copy", length: [1, 20] } };
  assert.deepEqual(merged(below, { memory: { slots: 64 }, seed: 2, steps: 5 }), {
    memory: { slots: 64, width: 16 },
    seed: 2,
    steps: 5,
    task: { name: "copy", length: [1, 20] },
  });
  assert.deepEqual(merged(below, { task: { name: "repeat-copy" } }).task, { name: "repeat-copy" });
  assert.deepEqual(merged(below, { task: { name: "copy", bits: 4 } }).task, {
    name: "copy",
    length: [1, 20],
    bits: 4,
  });
});

test("settingsOf() takes settings as written, and a run's own config.json", () => {
  assert.deepEqual(settingsOf({ model: "ntm", seed: 3 }), { model: "ntm", seed: 3 });
  const config = runConfig({ ...ntm, steps: 7 }, copy);
  const read = settingsOf(JSON.parse(JSON.stringify({ ...config, fingerprint: "x" })));
  assert.deepEqual(runConfig(read, copy), config);
  for (const json of [null, 5, "x", []])
    assert.match(
      refusal(() => settingsOf(json)),
      /must hold a JSON object/,
    );
});

test("runConfig() refuses a setting that cannot work with its path, the rule and the value", () => {
  const refusals: Record<string, RegExp> = {
    "heads.reads=0": /heads\.reads must be at least 1, got 0/,
    "heads.writes=-2": /heads\.writes must be at least 1, got -2/,
    "heads.shifts=4": /heads\.shifts: shifts must be odd, got 4/,
    "task.length=10..5": /task\.length: a range's first number must not be above its second, got \[10,5\]/,
    "task.length=0..5": /task\.length\.0 must be at least 1, got 0/,
    "task.length=abc": /task\.length: must be a whole number from 1 or a range \[lo, hi\], got "abc"/,
    "task.length=1.5": /task\.length: must be a whole number from 1 or .*, got 1\.5/,
    "task.length=[1,2,3]": /task\.length: must be .*, got \[1,2,3\]/,
    "task.bits=1..2": /task\.bits: it must be one number, got \[1,2\]/,
    "memory.slot=5": /there is no setting memory\.slot; did you mean memory\.slots\?$/,
    "task.words=3": /^Unknown setting task\.words: task copy has bits, length$/,
    "task=5": /task: it must hold a task's settings, got 5/,
    "microBatch=5": /microBatch: a micro-batch must divide the step's 16 sequences, got 5/,
    "microBatch=32": /microBatch: a micro-batch must divide the step's 16 sequences, got 32/,
    "sequencesPerStep=0": /sequencesPerStep must be at least 1, got 0/,
    "memory.slots=0": /memory\.slots must be at least 1, got 0/,
    "memory.slots=1e400": /memory\.slots must .*, got Infinity/,
    "memory.size=5": /there is no setting memory\.size; did you mean memory\.slots\?$/,
    "memory.=5": /there is no setting memory\.; did you mean memory\?$/,
    "memory.__proto__.slots=5": /there is no setting memory\.__proto__$/,
    "memory.slots.deeper=5": /memory\.slots must be a number, got \{"deeper":5\}/,
    "memory=5": /memory must be a group of settings, got 5/,
    "controller.hidden=": /controller\.hidden must be a number, got ""/,
    "optimizer.kind=sgd": /optimizer\.kind must be one of rmsprop, adam, got "sgd"/,
    "optimizer.learningRate=0": /optimizer\.learningRate must be greater than 0, got 0/,
    "optimizer.decay=1": /optimizer\.decay must be less than 1, got 1/,
    "optimizer.beta1=0.5": /optimizer\.beta1 is a setting of another model or kind$/,
    "model=gru": /model must be one of ntm, dnc, lstm, got "gru"/,
    "controller.kind=gru": /controller\.kind must be one of lstm, feedforward, got "gru"/,
    "memory.masked=1": /memory.*masked/,
    "seed=-1": /seed must be at least 0, got -1/,
    "seed=1.5": /seed must be a whole number, got 1\.5/,
    "seed=9007199254740992": /seed must .*, got 9007199254740992/,
    "gradientNormMax=-1": /clip\.norm must be at least 0, got -1/,
    "clip.value=-0.5": /clip\.value must be at least 0, got -0\.5/,
    "clip.max=1": /there is no setting clip\.max$/,
    "clip=1": /clip must be a group of settings, got 1/,
    "optimizer.momentum=1": /optimizer\.momentum must be less than 1, got 1/,
    "optimizer.schedule.decay=linear":
      /optimizer\.schedule\.over: a linear decay needs the number of steps that it takes, got null/,
    "optimizer.schedule.decay=step": /optimizer\.schedule\.decay must be one of .*, got "step"/,
    "optimizer.schedule.to=2": /optimizer\.schedule\.to must be at most 1, got 2/,
    "curriculum=5": /curriculum must be a list, got 5/,
    'curriculum=[{"from":0,"task":{}}]': /curriculum\.0\.from must be at least 1, got 0/,
    'curriculum=[{"from":5,"task":{}},{"from":5,"task":{}}]':
      /curriculum\.1\.from: a stage must begin after step 5, where the one before it begins, got 5/,
    'curriculum=[{"from":1,"task":{"words":3}}]':
      /^Unknown setting curriculum\.0\.task\.words: task copy has bits, length$/,
    'curriculum=[{"from":1,"task":{"length":[3,1]}}]':
      /curriculum\.0\.task\.length: a range's first number must not be above its second, got \[3,1\]/,
    'curriculum=[{"from":1,"task":{"bits":[1,2]}}]':
      /curriculum\.0\.task\.bits: it must be one number, got \[1,2\]/,
    'curriculum=[{"from":1,"task":{"bits":4}}]':
      /curriculum\.0\.task: its inputs and outputs must have the task's widths, 10 and 8, got 6 and 4/,
    "nonFinite=maybe": /nonFinite must be one of skip, fail, got "maybe"/,
    "initial=xyz": /initial: must be a SHA-256, 64 hexadecimal digits, got "xyz"/,
    "steps=0": /steps must be at least 1, got 0/,
    "evaluationBatches=51": /evaluationBatches must be at most 50, got 51/,
    "trainers=65": /trainers must be at most 64, got 65/,
  };
  for (const [assignment, message] of Object.entries(refusals)) {
    assert.match(
      refusal(() => runConfig(withSetting(ntm, assignment), copy)),
      message,
      assignment,
    );
  }
});

test("runConfig() refuses NaN and infinities, and shows them as they are", () => {
  const written = { ...ntm, seed: Number.NaN, gradientNormMax: Number.POSITIVE_INFINITY };
  assert.match(
    refusal(() => runConfig(written, copy)),
    /seed must .*, got NaN/,
  );
  assert.match(
    refusal(() => runConfig(written, copy)),
    /clip\.norm must .*, got Infinity/,
  );
});

test("runConfig() names every setting that cannot work, not the first alone", () => {
  const written = withSetting(withSetting(ntm, "heads.reads=0"), "memory.width=0");
  assert.match(
    refusal(() => runConfig(written, copy)),
    /memory\.width.*heads\.reads|heads\.reads.*memory\.width/,
  );
});

test("runConfig() refuses a setting it does not know, and a model that lacks parts", () => {
  assert.match(
    refusal(() => runConfig({ ...ntm, slots: 5 }, copy)),
    /^Unknown setting slots: /,
  );
  assert.match(
    refusal(() => runConfig({}, copy)),
    /model must .*, got nothing/,
  );
  assert.match(
    refusal(() => runConfig({ model: "dnc", engine: "x" }, copy)),
    /memory must .*, got nothing/,
  );
});

test("runConfig() lets a range be narrowed to one number", () => {
  assert.deepEqual(set(ntm, "task.length=7").training.task, { name: "copy", bits: 8, length: 7 });
});

test("runConfig() evaluates as --until needs, whatever the operation says", () => {
  const until = { figure: "wrongBits", comparison: "<", value: 0.1, every: 20, batches: 5 };
  const { training, operation } = runConfig({ ...ntm, evaluateEvery: 500, until }, copy);
  assert.deepEqual(training.until, until);
  assert.equal(operation.evaluateEvery, 20);
  assert.equal(operation.evaluationBatches, 5);
});

test("runConfig() refuses a user's task with widths that cannot be", () => {
  for (const width of [0, -1, 1.5, Number.NaN, undefined as unknown as number]) {
    const task: Task = { ...copy, name: "mine", output: () => width };
    assert.throws(() => runConfig({ ...ntm, task: { name: "mine" } }, task), {
      name: "TaskError",
      message: `Cannot use task mine: output() must return a whole number from 1, got ${width} (bits 8, length 5–10)`,
    });
  }
});

test("runConfig() refuses sizes that no trainer could hold, at once", () => {
  const sizes: Record<string, RegExp> = {
    "memory.slots=1000000000":
      /^Cannot use memory: a micro-batch's memories must take at most 2147483647 bytes/,
    "memory.slots=20000": /^Cannot use memory.slots: a micro-batch's link matrices must .* got 6400000000$/,
    "controller.hidden=1000000000":
      /^Cannot use controller, memory and heads: a checkpoint must take at most/,
    "heads.reads=1000000000": /^Cannot use controller, memory and heads: a checkpoint must/,
    "sequencesPerStep=1000000000":
      /^Cannot use sequencesPerStep: .* at most 2048 micro-batches, got 250000000$/,
  };
  for (const [assignment, wanted] of Object.entries(sizes)) {
    assert.match(
      refusal(() => set(fast, assignment)),
      wanted,
    );
  }
  const { training } = set(ntm, "memory.slots=100000");
  assert.equal("memory" in training && training.memory.slots, 100_000);
});
