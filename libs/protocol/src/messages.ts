/** The fields of every message. Tensors and files travel as bodies or blobs; see codec.ts and `blob` below. */

import * as z from "zod";
import type { MessageType } from "./codec.ts";
import {
  aheadMax,
  batchesMax,
  blobBytesMax,
  curvePointsMax,
  excludedMax,
  microBatchesMax,
  nodesMax,
  rangeBytesMax,
  smallHeaderBytesMax,
  standingsMax,
  sweepPointsMax,
  sweepSeedsMax,
  sweepsMax,
  taskSettingsMax,
  taskSizeMax,
  textMax,
} from "./limits.ts";
import { machineCharactersMax } from "./naming.ts";
import { list, plain } from "./plain.ts";
import { actorId, roles, runName } from "./subjects.ts";

export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const index = z.int().min(0);
const machine = z.string().max(machineCharactersMax);
const text = z.string().max(textMax);
/** A trainer's secret, random, by which a coordinator knows that a message is its own. */
const secret = z.string().regex(/^[0-9a-f]{32}$/);
/** The port that serves an actor's /metrics on its machine; null if there is none. */
const metricsPort = z.int().min(1).max(65_535).nullable();

/** The fields of every message about a run. `trainingHash` is of its training configuration. */
const runFields = { run: runName, epoch: index, trainingHash: sha256Hex };
export type RunFields = { run: string; epoch: number; trainingHash: string };

/** A reference to bytes that are not sent with the message but can be pulled from their owner, range by range. */
export const blob = z.strictObject({ owner: actorId, hash: sha256Hex, bytes: index.max(blobBytesMax) });
export type BlobRef = z.infer<typeof blob>;
/** A tensor's bytes: a blob, or the message's body if `blob` is null. */
const payload = { hash: sha256Hex, blob: blob.nullable() };

/** A node of the step's reduction tree, covering micro-batches lo … hi − 1. */
const node = z
  .tuple([index.max(microBatchesMax), index.max(microBatchesMax)])
  .refine(([lo, hi]) => lo < hi, "a node must begin before it ends");
const nodes = list(node, nodesMax);
export type WireNode = z.infer<typeof node>;

/** Converts a tree node to its wire form. */
export function wireNode({ lo, hi }: { readonly lo: number; readonly hi: number }): WireNode {
  return [lo, hi];
}

/** Converts a branch to its wire form. */
export function wireBranch({
  trainer,
  node,
}: {
  readonly trainer: string;
  readonly node: { readonly lo: number; readonly hi: number };
}): WireBranch {
  return { trainer, node: wireNode(node) };
}

export function treeNode([lo, hi]: WireNode): { lo: number; hi: number } {
  return { lo, hi };
}

function type<Shape extends z.ZodRawShape>(kind: string, shape: Shape) {
  return { kind, schema: z.strictObject(shape) };
}

/** Defines a message without long lists. */
function small<Shape extends z.ZodRawShape>(kind: string, shape: Shape) {
  return { ...type(kind, shape), headerBytesMax: smallHeaderBytesMax };
}

/** Defines an answer: either the fields, or a refusal with a stable code. */
function answer<Shape extends z.ZodRawShape>(kind: string, shape: Shape) {
  const yes = z.strictObject({ ok: z.literal(true), ...shape });
  const no = z.strictObject({ ok: z.literal(false), code: z.string().max(64), message: text });
  return { kind, schema: z.discriminatedUnion("ok", [yes, no]) };
}
export type Refusal = { ok: false; code: string; message: string };

const json = z.record(z.string(), plain);
/** A run's whole configuration. Its contents are checked by libs/memnet, not here. */
const config = z.strictObject({ training: json, operation: json });

export const states = ["waiting", "training", "stopped", "ended", "failed"] as const;
export type RunState = (typeof states)[number];

/** Whether a run in this state is still in progress. */
export function isUnderWay(state: RunState): boolean {
  return state === "waiting" || state === "training";
}
const state = z.enum(states);

export const hello = small("hello", {
  id: actorId,
  role: z.enum(roles),
  machine,
  run: runName.nullable(),
  metricsPort,
});

export const announce = type("announce", {
  ...runFields,
  coordinator: actorId,
  machine,
  config,
  state,
  /** Number of steps taken. */
  step: index,
  /** How many of these steps made no update, because their loss or gradient was not finite. */
  skipped: index,
  fingerprint: sha256Hex.nullable(),
  trainers: index,
  /** Whether trainers may join that do not ask for this run by name; not if it has a process to itself. */
  joinable: z.boolean(),
  /** Mean loss of the last step, in nats per sequence; null before the first step and if it was not finite. */
  loss: z.number().nullable(),
  /** Averaged over the last seconds. */
  stepsPerSecond: z.number().min(0),
  waitsFor: text.nullable(),
});

/** A trainer asks to join the run, or asks again for the parameters of the current step. */
export const join = small("join", {
  ...runFields,
  trainer: actorId,
  secret,
  machine,
  engine: z.string().max(64),
  /** The hash of the probe's result, computed twice. */
  fingerprints: z.tuple([sha256Hex, sha256Hex]),
  /** The hash of the probe's batch. */
  batch: sha256Hex,
});
/** A node whose gradients this trainer adds up: those that other trainers send it, and its own. */
const branch = z.strictObject({ trainer: actorId, node });
const branches = list(branch, nodesMax);
export type WireBranch = z.infer<typeof branch>;

/** Carries the parameters. `step` is the step they are for: 1 more than the steps taken. */
export const joined = answer("joined", {
  step: index,
  /** Whether trainers make all batches themselves, since a data-env is quarantined. */
  ownBatches: z.boolean(),
  ...payload,
  nodes,
  branches,
});

const assignment = z.strictObject({ trainer: actorId, nodes });
/** Starts a step: carries its parameters, and assigns nodes to trainers. */
export const step = type("step", {
  ...runFields,
  step: index,
  /** As in the answer to a join. */
  ownBatches: z.boolean(),
  ...payload,
  assignments: list(assignment, nodesMax),
  /** Trainers send gradients of nodes in a branch to the branch's trainer, and all others to the coordinator. */
  branches,
  /** For how many further steps this assignment is likely to hold; trainers request those batches ahead of time. */
  ahead: index.max(aheadMax),
  /**
   * Lets the step's only trainer take steps itself, up to `until`. The message then carries no parameters: a trainer that
   * does not lead yet gets them, and the optimizer's state, from the checkpoint `learner`.
   */
  lead: z.strictObject({ until: index, learner: blob.nullable() }).nullable(),
});

/**
 * A part of a step's parameters, in the body, sent before the message that announces them as a blob. A trainer pulls the
 * parts that it misses.
 */
export const part = small("part", {
  ...runFields,
  /** The hash and the length of all parameters. */
  hash: sha256Hex,
  bytes: index.max(blobBytesMax),
  /** Where the part begins: a multiple of `rangeBytesMax`. */
  offset: index.max(blobBytesMax),
});

/** Assigns further nodes of the current step to one trainer. */
export const assign = type("assign", {
  ...runFields,
  step: index,
  /** The hash of the parameters. */
  hash: sha256Hex,
  trainer: actorId,
  nodes,
  /** If this is higher than the attempt of a result that the trainer has, the trainer computes the node again. */
  attempt: index,
  /** Whether the trainer checks another one, and so makes the batches itself. */
  audit: z.boolean(),
  /** As in the message that began the step. */
  branches,
});

/** A node's gradient and loss sums. */
export const result = type("result", {
  ...runFields,
  step: index,
  trainer: actorId,
  secret,
  machine,
  node,
  /** The hash of the parameters used. */
  parametersHash: sha256Hex,
  /** The hash of each micro-batch used, lo … hi − 1. */
  batchHashes: list(sha256Hex, microBatchesMax),
  /** The data-env that made each micro-batch; null for the trainer itself. */
  madeBy: list(actorId.nullable(), microBatchesMax),
  /** float64, in nats; NaN and infinities are sent unchanged. */
  loss: z.union([z.number(), z.nan(), z.literal([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])]),
  /** The micro-batches whose loss or gradient is not finite. */
  nonFinite: list(index, microBatchesMax),
  attempt: index,
  /** Whether the gradient went to the trainer of a branch, and is not with this message. */
  branched: z.boolean(),
  ...payload,
});

/** A node's gradient, for the trainer of its branch. */
export const addend = type("addend", { ...runFields, step: index, trainer: actorId, node, ...payload });

/** A branch's gradient, and the nodes that it is the sum of. */
export const sum = type("sum", {
  ...runFields,
  step: index,
  trainer: actorId,
  secret,
  node,
  parts: list(z.strictObject({ node, hash: sha256Hex }), nodesMax),
  ...payload,
});

export const heartbeat = type("heartbeat", {
  ...runFields,
  trainer: actorId,
  secret,
  machine,
  /** The step whose parameters the trainer has, or begins to receive; 0 if none. */
  step: index,
  /** The nodes of that step that the trainer has to compute. */
  nodes,
});

export const goodbye = small("goodbye", {
  ...runFields,
  trainer: actorId,
  secret,
  /**
   * Why the trainer cannot serve the run, and whether the cause is the run's task, which would fail on any machine.
   * Null if the trainer leaves for another reason.
   */
  unable: z.strictObject({ why: text, task: z.boolean() }).nullable(),
});

const taskSize = z.int().min(1).max(taskSizeMax);
/** Readers bound a range by its second number, so the order matters. */
const taskRange = z
  .tuple([taskSize, taskSize])
  .refine(([lo, hi]) => lo <= hi, "a range's first number must not be above its second");
const taskSetting = z.union([taskSize, taskRange]);
/** Identifies consecutive batches: the same number of batches for each of `steps` consecutive steps. */
const batch = small("batch", {
  task: z.string().max(64),
  /** The hash of the task's file if the task is a user's own, and the file's path. */
  sha256: sha256Hex.nullable(),
  file: text.nullable(),
  settings: z
    .record(z.string(), taskSetting)
    .refine((settings) => Object.keys(settings).length <= taskSettingsMax, {
      error: `a task has at most ${taskSettingsMax} settings`,
    }),
  seed: index,
  stream: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  /** The first step. */
  step: index,
  steps: z.int().min(1).max(batchesMax),
  /** The first sequence of a step's first batch. Each further batch begins where the previous one ends. */
  from: index,
  /** Sequences in each batch. */
  sequences: z.int().min(1).max(65_536),
  /** Batches in each step. */
  batches: z.int().min(1).max(batchesMax),
});
export const batchRequest = {
  ...batch,
  schema: batch.schema.refine(({ steps, batches }) => steps * batches <= batchesMax, {
    error: `all steps together have at most ${batchesMax} batches`,
  }),
};
/** The body holds x, y and mask of each batch, step by step, one after the other, packed as in numbers.ts. */
export const batchAnswer = answer("batch-made", {
  dataEnv: actorId,
  /** The length of the longest sequence of each batch. */
  times: z.array(index).min(1).max(batchesMax),
  sequences: index,
  numberBytes: z.union([z.literal(1), z.literal(4)]),
  ...payload,
});

export const pull = small("pull", {
  hash: sha256Hex,
  offset: index,
  bytes: z.int().min(1).max(rangeBytesMax),
});
export const pulled = answer("pulled", {});

/** An evaluator announces which runs folder it serves. */
export const evaluatorAnnounce = small("evaluator", {
  id: actorId,
  machine,
  /** The folder's own ID, created once. */
  folder: z.string().max(64),
  generation: index,
});

/** A coordinator takes a run. */
export const open = type("open", {
  coordinator: actorId,
  machine,
  /** Null takes the unfinished run of this configuration that no coordinator holds, or else creates a new one. */
  run: runName.nullable(),
  /** Always creates a new run if `run` is null. */
  fresh: z.boolean(),
  config,
  /** Rewinds the run: checkpoints and lines of this step and later ones are quarantined first. */
  before: index.nullable(),
});

/** A participant that was wrong, whose results are not used any more. */
export const exclusion = z.strictObject({
  role: z.enum(["trainer", "data-env"]),
  id: actorId,
  /** The machine whose trainers are all excluded; null if only this process is. */
  machine: machine.nullable(),
  /** The step in which it was wrong. */
  step: index,
  why: text,
});
export type Exclusion = z.infer<typeof exclusion>;
/** Who is excluded, and which trainers are audited in every step because two of them disagreed. */
const doubted = {
  excluded: z.array(exclusion).max(excludedMax),
  suspects: z.array(actorId).max(excludedMax),
};
export const doubts = z.strictObject({
  /** The first step that may be wrong; the next open resumes before it. Null if none is. */
  before: index.nullable(),
  ...doubted,
});

export const opened = answer("opened", {
  run: runName,
  epoch: index,
  created: z.boolean(),
  config,
  fingerprint: sha256Hex.nullable(),
  /** The newest good checkpoint. */
  checkpoint: z.strictObject({ step: index, blob }).nullable(),
  /** Steps up to the checkpoint that made no update. */
  skipped: index,
  /** The last step up to the checkpoint that was computed twice; 0 if none was. */
  audited: index,
  ...doubted,
  state,
});

/** Asks the evaluator to add a doubt to those that it has written down, before anything else is done about it. */
export const doubt = type("doubt", { ...runFields, ...doubts.shape });

export const fixFingerprint = small("fingerprint", { ...runFields, fingerprint: sha256Hex });

/** Asks the evaluator to keep a step; repeated until acknowledged. */
export const snapshot = small("snapshot", {
  ...runFields,
  step: index,
  checkpoint: blob,
  /** The step lines of metrics.jsonl since the previous snapshot, exactly as they will be written. */
  records: blob,
});

/** Asks how far the evaluations have progressed. */
export const progress = small("progress", { ...runFields });
export const progressAnswer = answer("progress-of", {
  /** The newest step that has been kept. */
  kept: index,
  /** Steps whose evaluation is due and not finished, ascending. */
  pending: z.array(index),
  /** The earliest measured step that satisfies `--until`. */
  satisfied: index.nullable(),
  /** Why the run cannot be measured; null if nothing is known to prevent it. */
  failure: text.nullable(),
});

export const setState = small("state", { ...runFields, state, reason: text.nullable() });
export const done = answer("done", {});

/** The least loss that any model can expect, in nats per sequence; null if the task has none. */
const floor = z.number().nullable();

/** Reports an evaluation line that has been written, for anyone who listens. */
export const evaluation = type("evaluation", {
  ...runFields,
  step: index,
  split: z.string().max(64),
  loss: z.number(),
  lossBits: z.number(),
  wrongBits: z.number(),
  exact: z.number(),
  sequences: index,
  floor,
});

/** Lines for run.log and events for metrics.jsonl. */
export const log = type("log", {
  run: runName,
  lines: z.array(z.string().max(65_536)).max(1000),
  events: z
    .array(z.object({ event: z.string().max(64), time: z.string().max(64).optional() }).catchall(plain))
    .max(1000),
});

/** The best measured step, and its figures on the validation stream. */
const best = z.strictObject({
  step: index,
  loss: z.number(),
  lossBits: z.number(),
  wrongBits: z.number(),
  exact: z.number(),
  floor,
});

export const listRuns = small("runs", {});
export const runSummary = z.strictObject({
  run: z.string(),
  state,
  /** The step of the newest kept checkpoint. */
  step: index,
  steps: index,
  /** The last step up to it that was computed twice; 0 if none was. */
  audited: index,
  best: best.nullable(),
  /** How often the validation loss has spiked, and the step at which it last did. */
  spikes: z.strictObject({ count: index, last: index.nullable() }),
  /** A person's note, and tags; empty if there are none. */
  note: z.strictObject({ text: z.string(), tags: z.array(z.string()) }),
  model: z.string(),
  task: z.string(),
});
export type RunSummary = z.infer<typeof runSummary>;
export const runList = answer("run-list", { runs: z.array(runSummary) });

/** A condition on a figure of the validation stream. */
const goal = z.strictObject({
  figure: z.enum(["loss", "lossBits", "wrongBits", "exact"]),
  comparison: z.enum(["<", "<=", ">", ">="]),
  value: z.number(),
});
/** Asks for one run's figures, to compare it with other runs. */
export const askFigures = small("figures", { run: runName, goal });
export const runFigures = answer("figures-of", {
  run: runName,
  /** The run's training configuration. Its contents are checked by libs/memnet, not here. */
  training: json,
  /** The first measured step that satisfies the goal. */
  reached: index.nullable(),
  best: best.nullable(),
  /** The newest evaluation of each split beyond training; null if a figure is not finite. */
  beyond: z
    .array(
      z.strictObject({
        split: z.string().max(64),
        step: index,
        wrongBits: z.number().nullable(),
        exact: z.number().nullable(),
      }),
    )
    .max(64),
});
export type RunFigures = Omit<Extract<Fields<typeof runFigures>, { ok: true }>, "ok">;
export const removeRun = small("remove", { run: runName });

const setting = z.string().max(1024);
/** A sweep: a run for each point and seed. */
export const sweepRecord = z.strictObject({
  name: runName,
  /** What the runs are compared by. */
  goal,
  points: z
    .array(
      z.strictObject({
        /** Part of its runs' names; empty if the sweep has one point without settings of its own. */
        label: z.string().max(64),
        /** The settings that distinguish it from the other points, by path, as `--set` takes them. */
        settings: z.record(setting, setting),
      }),
    )
    .min(1)
    .max(sweepPointsMax),
  seeds: z.array(index).min(1).max(sweepSeedsMax),
  /** The points that were ended early, by label; the reason is for a person to read. */
  pruned: z
    .array(z.strictObject({ label: z.string().max(64), step: index, reason: text }))
    .max(sweepPointsMax),
});
export type SweepRecord = z.infer<typeof sweepRecord>;
/** Asks the evaluator to keep a sweep, in place of an earlier one of its name. */
export const storeSweep = type("store-sweep", { sweep: sweepRecord });
export const listSweeps = small("sweeps", {});
export const sweepList = answer("sweep-list", { names: z.array(runName).max(sweepsMax) });
export const askSweep = small("sweep", { name: runName });
export const sweepAnswer = answer("sweep-of", { sweep: sweepRecord });

/** How far a run of a sweep is; what is null is not known yet. */
export const sweepRunStanding = z.strictObject({
  run: runName,
  /** Null before the run is first opened. */
  state: state.nullable(),
  /** The step of the newest kept checkpoint. */
  step: index,
  /** The steps of the run in all. */
  steps: index.nullable(),
  sequencesPerStep: index.nullable(),
  /** The first measured step that satisfies the sweep's goal. */
  reached: index.nullable(),
  best: best.nullable(),
});
export type SweepRunStanding = z.infer<typeof sweepRunStanding>;
const goalFigure = z.enum(["loss", "lossBits", "wrongBits", "exact"]);
/** Asks for a run's validation figures. */
export const askCurve = small("curve", { run: runName, figure: goalFigure });
/** The steps measured, ascending, each with its figure; empty if there is no such run. */
export const curve = answer("curve-of", {
  points: z.array(z.tuple([index, z.number()])).max(curvePointsMax),
});

/** Asks for the standings of a sweep's runs, from the given place in their order. */
export const askStandings = small("standings", { sweep: runName, from: index });
export const standings = answer("standings-of", {
  runs: z.array(sweepRunStanding).max(standingsMax),
  /** How many runs the sweep has. */
  of: index,
});

export const askStatus = small("status", {});
/** An actor's report about itself. */
export const status = answer("status-of", {
  id: actorId,
  role: z.enum(roles),
  machine,
  run: runName.nullable(),
  metricsPort,
  /** `/metrics`, unless several actors share a port. */
  metricsPath: text,
  state: text,
  /** What the actor waits for, and for how long. */
  waitsFor: text.nullable(),
  waitsSeconds: z.number().nullable(),
  detail: json,
});

export const stop = small("stop", { run: runName });
/** The final state of the run, and the step that was kept; sent once the run is over. */
export const stopped = answer("stopped", { state, step: index });

export const alive = small("alive", { run: runName, epoch: index });
export const aliveAnswer = answer("alive-confirmed", {});

export type Fields<Type> = Type extends MessageType<infer F> ? F : never;
