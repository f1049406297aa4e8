import assert from "node:assert/strict";
import { test } from "node:test";
import { type BlobRef, type Fields, messages, RefusedError, subjects } from "@memnet/protocol";
import { copyTask } from "@memnet/runs/testing";
import type { Actor } from "@memnet/service";
import { memoryNetwork, settled, testActor, virtualClock } from "@memnet/service/testing";
import {
  encodeCheckpoint,
  initialParameters,
  modelOf,
  parametersHash,
  type RunConfig,
  trainingHash,
} from "memnet";
import { type OpenOptions, openRun, wireConfig } from "./opening.ts";
import { smallConfig, smallLearner } from "./small.testing.ts";

type Request = Fields<typeof messages.open>;
type Grant = Extract<Fields<typeof messages.opened>, { ok: true }>;

const never = new AbortController().signal;
const config = smallConfig();
const model = modelOf(config.training, copyTask);
const options: OpenOptions = {
  ...{ run: "mine", fresh: false, config, model, initial: null, before: null },
  joinable: true,
};

/** Creates a coordinator, and an evaluator that grants the run as requested, apart from `changes`. */
async function scene(changes: (request: Request, evaluator: Actor) => Partial<Grant> = () => ({})) {
  const network = memoryNetwork();
  const clock = virtualClock();
  const coordinator = await testActor(network, "coordinator", { clock });
  const evaluator = await testActor(network, "evaluator");
  const asked: Request[] = [];
  const { messenger } = evaluator;
  messenger.serve(messages.open, messages.opened, subjects.evaluator.open, (request) => {
    asked.push(request);
    return {
      ok: true as const,
      run: "mine",
      epoch: asked.length,
      created: true,
      config: request.config,
      fingerprint: null,
      checkpoint: null,
      skipped: 0,
      audited: 0,
      excluded: [],
      suspects: [],
      state: "waiting" as const,
      ...changes(request, evaluator),
    };
  });
  await settled(messenger.bus);
  return {
    coordinator,
    asked,
    open: (more: Partial<OpenOptions> = {}) =>
      clock.passUntil(openRun(coordinator, { ...options, ...more }, never)),
    async [Symbol.asyncDispose]() {
      await coordinator[Symbol.asyncDispose]();
      await evaluator[Symbol.asyncDispose]();
      await network.stop();
    },
  };
}

/** Returns a learner that has taken some steps. */
function laterLearner(of: RunConfig = config) {
  const learner = smallLearner(of);
  learner.step = 7;
  learner.parameters.fill(0.25);
  return learner;
}

/** Returns the configuration of a run that starts from these parameters. */
function startingFrom(parameters: Float32Array): RunConfig {
  return { ...config, training: { ...config.training, initial: parametersHash(parameters) } };
}

function refused(code: string, message: RegExp) {
  return (error: unknown) =>
    error instanceof RefusedError && error.code === code && message.test(error.message);
}

test("openRun() asks for the run, and starts a new one from the seed's parameters", async () => {
  await using at = await scene();
  const opened = await at.open({ fresh: true, before: 12 });
  assert.deepEqual(at.asked, [
    {
      coordinator: at.coordinator.messenger.id,
      machine: "box",
      run: "mine",
      fresh: true,
      config: wireConfig(config),
      before: 12,
    },
  ]);
  assert.deepEqual(opened.fields, { run: "mine", epoch: 1, trainingHash: trainingHash(config.training) });
  assert.deepEqual([opened.created, opened.fingerprint, opened.kept], [true, null, -1]);
  assert.deepEqual(opened.config, config);
  assert.equal(opened.learner.step, 0);
  assert.deepEqual(opened.learner.parameters, initialParameters(model, config.training.seed));
});

test("openRun() starts a new run from given parameters if their hash matches the configuration's", async () => {
  await using at = await scene();
  const initial = new Float32Array(smallLearner().parameters.length).fill(0.5);
  const { learner } = await at.open({ config: startingFrom(initial), initial });
  assert.deepEqual(learner.parameters, initial);
});

test("openRun() refuses missing initial parameters, and ones with another hash", async () => {
  await using at = await scene();
  const initial = new Float32Array(smallLearner().parameters.length).fill(0.5);
  const other = initial.map((value) => -value);
  const wanted = startingFrom(initial);
  const name = parametersHash(initial);
  await assert.rejects(at.open({ config: wanted }), refused("INITIAL", new RegExp(`${name} are not here`)));
  await assert.rejects(
    at.open({ config: wanted, initial: other }),
    refused("INITIAL", new RegExp(`${name}, got ${parametersHash(other)}`)),
  );
});

test("openRun() resumes from the granted checkpoint, without the initial parameters", async () => {
  const wanted = startingFrom(new Float32Array(3));
  const file = encodeCheckpoint(laterLearner(wanted));
  await using at = await scene((_, { messenger }) => ({
    created: false,
    fingerprint: "f".repeat(64),
    checkpoint: { step: 7, blob: messenger.blobs.offer("newest", file) },
  }));
  const opened = await at.open({ config: wanted });
  assert.deepEqual([opened.created, opened.fingerprint, opened.kept], [false, "f".repeat(64), 7]);
  assert.deepEqual(encodeCheckpoint(opened.learner), file);
});

test("openRun() refuses another training configuration, of the run or of its checkpoint", async () => {
  const other = smallConfig({ seed: 2 });
  await using granted = await scene(() => ({ config: wireConfig(other) }));
  await assert.rejects(granted.open(), refused("CONFIG", /^The evaluator granted run mine with another/));
  await using kept = await scene((_, { messenger }) => ({
    checkpoint: { step: 7, blob: messenger.blobs.offer("newest", encodeCheckpoint(laterLearner(other))) },
  }));
  await assert.rejects(kept.open(), refused("CONFIG", /^The newest checkpoint of run mine is another/));
});

test("openRun() uses the granted operation", async () => {
  const granted = { ...config, operation: { ...config.operation, steps: 5 } };
  await using at = await scene(() => ({ config: wireConfig(granted) }));
  assert.equal((await at.open()).config.operation.steps, 5);
});

test("openRun() retries while the run is held, and throws refusals that a retry cannot fix", async () => {
  const refusals = ["HELD", "HELD", "DISK"];
  await using at = await scene(() => {
    const code = refusals.shift();
    if (code) throw new RefusedError(code, "as planned");
    return {};
  });
  assert.equal((await at.open()).fields.epoch, 4);
  refusals.push("CONFIG");
  await assert.rejects(at.open(), refused("CONFIG", /as planned/));
});

test("openRun() opens the run again if the checkpoint disappears before it is pulled", async () => {
  const file = encodeCheckpoint(laterLearner());
  let blob: BlobRef | undefined;
  await using at = await scene((_, { messenger }) => {
    if (blob) return { checkpoint: { step: 7, blob: messenger.blobs.offer("newest", file) } };
    // An evaluator that is killed at this point leaves a blob that no actor serves.
    blob = { ...messenger.blobs.offer("newest", file), owner: "killed" };
    return { checkpoint: { step: 7, blob } };
  });
  const opened = await at.open();
  assert.equal(at.asked.length, 2);
  assert.deepEqual([opened.fields.epoch, opened.learner.step], [2, 7]);
});

test("openRun() distinguishes an interrupted run from a new one and from a stopped one", async () => {
  const interrupted = async (created: boolean, state: Grant["state"]) => {
    await using at = await scene(() => ({ created, state }));
    return (await at.open()).interrupted;
  };
  assert.equal(await interrupted(true, "waiting"), false);
  assert.equal(await interrupted(false, "stopped"), false);
  assert.equal(await interrupted(false, "training"), true);
});
