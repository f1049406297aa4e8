/** Every message's fields. Tensors and files travel as bodies or blobs; see codec.ts and blob below. */

import * as z from "zod";
import type { MessageType } from "./codec.ts";
import { batchesMax, blobBytesMax, rangeBytesMax, textMax } from "./limits.ts";
import { machineCharactersMax } from "./naming.ts";
import { actorId, roles, runName } from "./subjects.ts";

export const sha256Hex = z.string().regex(/^[0-9a-f]{64}$/);
const index = z.int().min(0);
const machine = z.string().max(machineCharactersMax);
const text = z.string().max(textMax);
/** Where an actor serves /metrics on its machine; null where it does not. */
const metricsPort = z.int().min(1).max(65_535).nullable();

/** Stands in every message about a run. */
const runFields = { run: runName, epoch: index, training: sha256Hex };
export type RunFields = { run: string; epoch: number; training: string };

/** Bytes that are not sent along but can be pulled from their owner, range by range. */
export const blob = z.strictObject({ owner: actorId, hash: sha256Hex, bytes: index.max(blobBytesMax) });
export type BlobRef = z.infer<typeof blob>;
/** A tensor's bytes: null where they are the message's body. */
const payload = { hash: sha256Hex, blob: blob.nullable() };

/** A node of the step's reduction tree, micro-batches lo … hi − 1. */
const node = z.tuple([index, index]);
export type WireNode = z.infer<typeof node>;

/** A node as it travels. */
export function wireNode({ lo, hi }: { readonly lo: number; readonly hi: number }): WireNode {
  return [lo, hi];
}

export function treeNode([lo, hi]: WireNode): { lo: number; hi: number } {
  return { lo, hi };
}

function type<Shape extends z.ZodRawShape>(kind: string, shape: Shape) {
  return { kind, schema: z.strictObject(shape) };
}

/** An answer is the fields or a refusal with a stable code. */
function answer<Shape extends z.ZodRawShape>(kind: string, shape: Shape) {
  const yes = z.strictObject({ ok: z.literal(true), ...shape });
  const no = z.strictObject({ ok: z.literal(false), code: z.string().max(64), message: text });
  return { kind, schema: z.discriminatedUnion("ok", [yes, no]) };
}
export type Refusal = { ok: false; code: string; message: string };

const json = z.record(z.string(), z.unknown());
/** A run's whole configuration; checked by libs/memnet, not here. */
const config = z.strictObject({ training: json, operation: json });

export const states = ["waiting", "training", "stopped", "ended", "failed"] as const;
export type RunState = (typeof states)[number];

/** Whether a run of this state has not come to its end. */
export function isUnderWay(state: RunState): boolean {
  return state === "waiting" || state === "training";
}
const state = z.enum(states);

export const hello = type("hello", {
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
  /** Steps taken. */
  step: index,
  /** Of these, the ones that made no update, since their loss or gradient was not finite. */
  skipped: index,
  fingerprint: sha256Hex.nullable(),
  trainers: index,
  /** Of the last step: mean loss in nats per sequence; null before the first and where it was not finite. */
  loss: z.number().nullable(),
  /** Over the last seconds. */
  stepsPerSecond: z.number().min(0),
  waitsFor: text.nullable(),
});

/** Asks for a place in the run, or again for the parameters of its present step. */
export const join = type("join", {
  ...runFields,
  trainer: actorId,
  machine,
  engine: z.string().max(64),
  /** The probe's hash, computed twice. */
  fingerprints: z.tuple([sha256Hex, sha256Hex]),
  /** Of the probe's batch. */
  batch: sha256Hex,
});
/** With the parameters. `step` is the one they are for: 1 more than the steps taken. */
export const joined = answer("joined", {
  step: index,
  ...payload,
  nodes: z.array(node),
});

const assignment = z.strictObject({ trainer: actorId, nodes: z.array(node) });
/** A step begins: its parameters, and who computes what. */
export const step = type("step", {
  ...runFields,
  step: index,
  ...payload,
  assignments: z.array(assignment),
  /** For how many further steps this assignment is likely to hold: trainers ask for those batches ahead. */
  ahead: index,
});

/** More of the present step for one trainer. */
export const assign = type("assign", {
  ...runFields,
  step: index,
  /** Of the parameters. */
  hash: sha256Hex,
  trainer: actorId,
  nodes: z.array(node),
  /** Above that of a result at hand: compute anew. */
  attempt: index,
});

/** A node's gradient and loss sums. */
export const result = type("result", {
  ...runFields,
  step: index,
  trainer: actorId,
  machine,
  node,
  /** Of the parameters that it used. */
  parameters: sha256Hex,
  /** Of each micro-batch that it used, lo … hi − 1. */
  batches: z.array(sha256Hex),
  /** float64, nats; NaN and infinities travel as they are. */
  loss: z.union([z.number(), z.nan(), z.literal([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])]),
  /** Micro-batches whose loss or gradient is not finite. */
  nonFinite: z.array(index),
  attempt: index,
  ...payload,
});

export const heartbeat = type("heartbeat", {
  ...runFields,
  trainer: actorId,
  machine,
  /** The step whose parameters it has; 0 where it has none. */
  step: index,
  /** Nodes of that step that it works on or has done. */
  nodes: z.array(node),
});

export const goodbye = type("goodbye", {
  ...runFields,
  trainer: actorId,
  /** Why it cannot serve the run, and whether the run's task is at fault, as it would be anywhere. */
  unable: z.strictObject({ why: text, task: z.boolean() }).nullable(),
});

const setting = z.union([z.int().min(1), z.tuple([z.int().min(1), z.int().min(1)])]);
/** Says everything that makes consecutive batches: the same of each of some consecutive steps. */
const batch = type("batch", {
  task: z.string().max(64),
  /** Of the task's file where it is a user's own, and where that is. */
  sha256: sha256Hex.nullable(),
  file: text.nullable(),
  settings: z.record(z.string(), setting),
  seed: index,
  stream: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]),
  /** The first one. */
  step: index,
  steps: z.int().min(1).max(batchesMax),
  /** The first sequence of a step's first batch; each batch begins where the one before ends. */
  from: index,
  /** Of each batch. */
  sequences: z.int().min(1).max(65_536),
  /** Of each step. */
  batches: z.int().min(1).max(batchesMax),
});
export const batchRequest = {
  kind: batch.kind,
  schema: batch.schema.refine(({ steps, batches }) => steps * batches <= batchesMax, {
    error: `all steps together have at most ${batchesMax} batches`,
  }),
};
/** With x, y and mask of each batch, step by step, one after the other, packed as numbers.ts does. */
export const batchAnswer = answer("batch-made", {
  /** Of each batch: its own longest sequence's. */
  times: z.array(index).min(1).max(batchesMax),
  sequences: index,
  numberBytes: z.union([z.literal(1), z.literal(4)]),
  ...payload,
});

export const pull = type("pull", {
  hash: sha256Hex,
  offset: index,
  bytes: z.int().min(1).max(rangeBytesMax),
});
export const pulled = answer("pulled", {});

/** An evaluator says which folder it serves. */
export const evaluatorAnnounce = type("evaluator", {
  id: actorId,
  machine,
  /** The folder's own id, made once. */
  folder: z.string().max(64),
  generation: index,
});

/** A coordinator takes a run. */
export const open = type("open", {
  coordinator: actorId,
  machine,
  /** Null: the unfinished run of this configuration that nobody holds, else a new one. */
  run: runName.nullable(),
  /** Always a new one where `run` is null. */
  fresh: z.boolean(),
  config,
  /** Goes back: checkpoints and lines of this step and later ones are set aside first. */
  before: index.nullable(),
});
export const opened = answer("opened", {
  run: runName,
  epoch: index,
  created: z.boolean(),
  config,
  fingerprint: sha256Hex.nullable(),
  /** The newest good checkpoint. */
  checkpoint: z.strictObject({ step: index, blob }).nullable(),
  /** Steps up to it that made no update. */
  skipped: index,
  state,
});

export const fixFingerprint = type("fingerprint", { ...runFields, fingerprint: sha256Hex });

/** Asks the evaluator to keep a step: repeated until acknowledged. */
export const snapshot = type("snapshot", {
  ...runFields,
  step: index,
  checkpoint: blob,
  /** The step lines of metrics.jsonl since the snapshot before, as they will stand there. */
  records: blob,
});

/** How far the evaluations are. */
export const progress = type("progress", { ...runFields });
export const progressAnswer = answer("progress-of", {
  /** The newest step that is kept. */
  kept: index,
  /** Steps whose evaluation is due and not in, ascending. */
  pending: z.array(index),
  /** The earliest measured step that satisfies `--until`. */
  satisfied: index.nullable(),
});

export const setState = type("state", { ...runFields, state, reason: text.nullable() });
export const done = answer("done", {});

/** An evaluation line that is in, for whoever watches. */
export const evaluation = type("evaluation", {
  ...runFields,
  step: index,
  split: z.string().max(64),
  loss: z.number(),
  lossBits: z.number(),
  wrongBits: z.number(),
  exact: z.number(),
  sequences: index,
});

/** Lines for run.log and events for metrics.jsonl. */
export const log = type("log", {
  run: runName,
  lines: z.array(z.string().max(65_536)).max(1000),
  events: z.array(json).max(1000),
});

/** Of the best measured step, on the validation stream. */
const best = z.strictObject({
  step: index,
  loss: z.number(),
  lossBits: z.number(),
  wrongBits: z.number(),
  exact: z.number(),
});

export const listRuns = type("runs", {});
export const runSummary = z.strictObject({
  run: z.string(),
  state,
  /** Of the newest kept checkpoint. */
  step: index,
  steps: index,
  best: best.nullable(),
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
/** Of one run, for comparing it with others. */
export const askFigures = type("figures", { run: runName, goal });
export const runFigures = answer("figures-of", {
  run: runName,
  /** Its training configuration; checked by libs/memnet, not here. */
  training: json,
  /** The first measured step that satisfies the goal. */
  reached: index.nullable(),
  best: best.nullable(),
  /** The newest evaluation of each split beyond training; null where a figure is not finite. */
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
export const removeRun = type("remove", { run: runName });

export const askStatus = type("status", {});
/** What an actor says of itself. */
export const status = answer("status-of", {
  id: actorId,
  role: z.enum(roles),
  machine,
  run: runName.nullable(),
  metricsPort,
  /** `/metrics`, unless several actors share a port. */
  metricsPath: text,
  state: text,
  /** What it waits for, and for how long. */
  waitsFor: text.nullable(),
  waitsSeconds: z.number().nullable(),
  detail: json,
});

export const stop = type("stop", { run: runName });
/** Once the run is over: how it was left, and the step that is kept. */
export const stopped = answer("stopped", { state, step: index });

export const alive = type("alive", { run: runName, epoch: index });
export const aliveAnswer = answer("alive-yes", {});

export type Fields<Type> = Type extends MessageType<infer F> ? F : never;
