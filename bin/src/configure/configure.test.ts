import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { Command } from "commander";
import {
  canonicalJson,
  encodeCheckpoint,
  encodeSafetensors,
  initialParameters,
  newLearner,
  parameterCount,
  parameterLayout,
  parametersHash,
  presetConfig,
} from "memnet";
import { type ConfigureOptions, configure } from "./configure.ts";
import { configurationFlags } from "./flags.ts";
import { readInitial } from "./runs-dir.ts";

/** Configures a run from a command line. The engine is given, so that no engine has to be tried. */
function configured(
  args: readonly string[],
  options: Partial<ConfigureOptions> = {},
  env?: Record<string, string>,
) {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => {} });
  const written = configurationFlags(command, env);
  command.parse(["--engine", "tfjs-cpu", ...args], { from: "user" });
  return configure(written(), { readInitial: (all, model) => readInitial("runs", all, model), ...options });
}

function folder(context: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "memnet-configure-"));
  context.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("configure() takes copy-ntm if no setting is given", async () => {
  const { config } = await configured([]);
  assert.deepEqual(config, presetConfig("copy-ntm", { engine: "tfjs-cpu" }));
});

test("configure() lays --config over the preset, and flags over both", async (context) => {
  const file = join(folder(context), "config.json");
  writeFileSync(file, JSON.stringify({ $schema: "memnet.json", seed: 5, memory: { slots: 64 }, steps: 7 }));
  const { config } = await configured(["--steps", "9", "--preset", "original-ntm-copy", "--config", file]);
  assert.equal(config.training.seed, 5);
  assert.ok(config.training.model === "ntm");
  assert.deepEqual(config.training.memory, { slots: 64, width: 20 });
  assert.equal(config.operation.steps, 9);
});

test("configure() lets the last of several flags win", async () => {
  assert.equal((await configured(["--set", "seed=2", "--seed", "3"])).config.training.seed, 3);
  assert.equal((await configured(["--seed", "3", "--set", "seed=2"])).config.training.seed, 2);
});

test("configure() takes a run's own config.json as --config", async (context) => {
  const first = await configured([
    "--preset",
    "original-ntm-copy",
    "--set",
    "task.length=1..20",
    "--trainers",
    "3",
  ]);
  const file = join(folder(context), "config.json");
  writeFileSync(file, JSON.stringify(first.config));
  const second = await configured(["--config", file]);
  assert.equal(canonicalJson(second.config), canonicalJson(first.config));
});

test("configure() stores the evaluation settings of --until beside its condition", async () => {
  const { config } = await configured([
    "--until",
    "wrongBits<0.1",
    "--eval-every",
    "20",
    "--set",
    "evaluationBatches=2",
  ]);
  const until = { figure: "wrongBits", comparison: "<", value: 0.1, every: 20, batches: 2 };
  assert.deepEqual(config.training.until, until);
  assert.equal(config.operation.evaluateEvery, 20);
});

test("configure() for a service: flags win over the environment", async () => {
  const env = { MEMNET_PRESET: "original-ntm-copy", MEMNET_SEED: "4", MEMNET_STEPS: "10" };
  const { config } = await configured(["--set", "seed=6"], { elsewhere: true }, env);
  assert.equal(config.training.model, "ntm");
  assert.equal(config.training.seed, 6);
  assert.equal(config.operation.steps, 10);
});

test("configure() resumes with a run's own settings, and changes those of its operation", async () => {
  const { config: json } = await configured(["--preset", "original-ntm-copy", "--seed", "9"]);
  const existing = { runsDir: "/runs", run: "one", json };
  const { config } = await configured(["--steps", "5"], { existing });
  assert.equal(canonicalJson(config.training), canonicalJson(json.training));
  assert.equal(config.operation.steps, 5);
  await configured(["--preset", "original-ntm-copy", "--seed", "9", "--engine", "auto"], { existing });
});

test("configure() refuses to resume with another training configuration, naming the setting", async () => {
  const { config: json } = await configured([]);
  const existing = { runsDir: "/runs", run: "one", json };
  await assert.rejects(configured(["--set", "memory.slots=64"], { existing, program: "npx memnet" }), {
    name: "UsageError",
    message:
      "Cannot resume run one: its training configuration is fixed, and memory.slots is 256, got 64. To train with the " +
      "new settings, start another run from its parameters: npx memnet train --runs-dir /runs --config " +
      "/runs/one/config.json --from one --set memory.slots=64",
  });
  await assert.rejects(configured(["--until", "exact>0.9"], { existing }), /and until is null, got \{/);
});

test("configure() reads --init and keeps its hash", async (context) => {
  const { model } = await configured([]);
  const parameters = initialParameters(model, 77);
  const file = join(folder(context), "start.safetensors");
  const tensors = new Map(
    parameterLayout(model).map(({ name, shape, offset, length }) => [
      name,
      { shape, data: parameters.subarray(offset, offset + length) },
    ]),
  );
  writeFileSync(file, encodeSafetensors({ tensors, metadata: {} }));
  const { config, initial } = await configured(["--init", file, "--set", "memory.slots=32"]);
  assert.equal(config.training.initial, parametersHash(parameters));
  assert.deepEqual(initial, parameters);
  await assert.rejects(configured(["--init", file, "--set", "controller.hidden=101"]), {
    name: "UsageError",
    message: /start\.safetensors: .*controller\.kernel must have shape \[404,131\], got \[400,130\]/,
  });
});

test("configure() takes a user's own task by its path and SHA-256", async (context) => {
  const file = join(folder(context), "mine.ts");
  const source = `export const task = {
    name: "mine", settings: { bits: 2, length: [1, 3] }, beyond: {},
    input: () => 3, output: () => 2,
    sequence: () => ({ times: 1, x: new Float32Array(3), y: new Float32Array(2), mask: new Float32Array([1]) }),
  };\n`;
  writeFileSync(file, source);
  const { config } = await configured(["--task", file, "--set", "task.length=4"]);
  assert.equal(config.training.task.name, "mine");
  assert.match(config.training.task.sha256!, /^[0-9a-f]{64}$/);
  assert.equal(config.training.task.length, 4);
  assert.equal(config.operation.taskFile, file);
  writeFileSync(file, `${source}\n`);
  await assert.rejects(configured([], { existing: { runsDir: "/runs", run: "one", json: config } }), {
    name: "UsageError",
    message: /its SHA-256 must be [0-9a-f]{64}, got [0-9a-f]{64}$/,
  });
});

test("configure() refuses a damaged checkpoint even if its tensors look whole", async (context) => {
  const file = join(folder(context), "5.safetensors");
  const { config, model } = await configured([]);
  const checkpoint = encodeCheckpoint(newLearner(config.training, model, initialParameters(model, 1)));
  writeFileSync(file, checkpoint);
  assert.ok((await configured(["--init", file])).initial);
  // The last byte of the last parameter tensor; the optimizer state follows it.
  const parameters = parameterCount(model) * 4;
  checkpoint[checkpoint.length - 2 * parameters - 1]! ^= 1;
  writeFileSync(file, checkpoint);
  await assert.rejects(configured(["--init", file]), {
    name: "UsageError",
    message: /^Cannot start from .*: the checksum of its parameters must be /,
  });
});

const mistakes: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [["--preset", "nope"], /^Unknown preset "nope": it must be one of copy-ntm, .*, original-ntm-copy,/],
  [["--steps", "many"], /^Cannot use --steps: it must be a number, got "many"$/],
  [["--steps", "0"], /steps must be at least 1, got 0$/],
  [["--micro-batch", "5"], /microBatch: a micro-batch must divide the step's 2 sequences, got 5$/],
  [["--set", "heads.reads=0"], /heads\.reads must be at least 1, got 0$/],
  [["--preset", "original-ntm-copy", "--set", "heads.shifts=4"], /heads\.shifts: shifts must be odd, got 4$/],
  [["--set", "task.length=5..2"], /task\.length: .*got \[5,2\]$/],
  [["--set", "nonsense=1"], /^Unknown setting nonsense: /],
  [["--set", "nonsense"], /^Cannot set "nonsense": it must be PATH=VALUE/],
  [["--until", "speed>1"], /^Cannot use --until: it must be one of loss, .*, got "speed>1"$/],
  [["--engine", "quantum"], /^Unknown engine "quantum"/],
  [["--task", "./nowhere.ts"], /^Cannot read the task \.\/nowhere\.ts: there is no such file$/],
  [["--task", "nowhere"], /^Unknown task "nowhere"/],
  [["--config", "/nowhere.json"], /^Cannot read \/nowhere\.json: /],
  [["--init", "/nowhere"], /^Cannot read \/nowhere: /],
  [["--from", "a b"], /^Cannot use the run name "a b"/],
  [["--from", "a@b"], /^Cannot use --from: it must be RUN or RUN@STEP, got "a@b"$/],
  [["--from", "a", "--init", "b"], /^Cannot use both --from and --init/],
];

for (const [args, message] of mistakes) {
  test(`configure() refuses ${args.join(" ")} with a clear line`, async () => {
    await assert.rejects(
      async () => configured(args),
      (error: Error) => {
        assert.ok(error.name === "UsageError" || error instanceof RangeError, error.stack);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}
