/** Test helpers: every subject, and an example of every message. */

import type { Message, MessageType } from "./codec.ts";
import * as messages from "./messages.ts";
import { queueKinds, roles, subjects } from "./subjects.ts";

const hash = "0123456789abcdef".repeat(4);
const other = "f".repeat(64);
const secret = "0123456789abcdef".repeat(2);
const run = { run: "box_250101000000", epoch: 3, trainingHash: hash };
const blob = { owner: "e7f3", hash: other, bytes: 250_640 };
const payload = { hash, blob: null };
const branch: messages.WireBranch = { trainer: "t1", node: [0, 4] };
const config = {
  training: { model: "dnc", memory: { slots: 16, width: 16 }, task: { name: "copy", length: [5, 10] } },
  operation: { steps: 100_000, taskFile: null },
};
const announced = { ...run, coordinator: "c1", machine: "box", config, joinable: true };
const measured = { loss: 0.25, lossBits: 0.36, wrongBits: 0.125, exact: 0.9375, floor: null };
const sweep: messages.SweepRecord = {
  name: "rates",
  goal: { figure: "wrongBits", comparison: "<", value: 0.1 },
  points: [
    { label: "1e-3", settings: { "optimizer.learningRate": "1e-3" } },
    { label: "0_01", settings: { "optimizer.learningRate": "0.01" } },
  ],
  seeds: [1, 2, 3],
  pruned: [{ label: "0_01", step: 500, reason: "its median is 9.8 wrong bits, above the others' 3.1" }],
};
const exclusion = {
  role: "trainer",
  id: "t2",
  machine: "box",
  step: 490,
  why: "node 0-2: it gave another gradient than two others",
} as const;
const refusal = { ok: false, code: "HELD", message: "The run is held by c1" } as const;

function example<Fields>(type: MessageType<Fields>, ...fields: Fields[]): Example[] {
  return fields.map((one) => ({ type: type as MessageType<unknown>, fields: one }));
}

/**
 * Returns every subject that actors publish to, for one run and for actors with one ID, without the inboxes of answers.
 */
export function everySubject(ofRun: string, id: string): string[] {
  return [
    subjects.hello,
    subjects.announce,
    subjects.status,
    subjects.batch,
    ...Object.values(subjects.evaluator),
    ...Object.values(subjects.run(ofRun)),
    subjects.assign(id),
    subjects.addend(id),
    subjects.holder(id),
    ...roles.map((role) => subjects.pull(role, id)),
    ...queueKinds.map((kind) => subjects.queued(kind, ofRun, ofRun)),
  ];
}

export interface Example {
  readonly type: MessageType<unknown>;
  readonly fields: Message<unknown>["fields"];
}

export const examples: readonly Example[] = [
  example(
    messages.hello,
    { id: "t1", role: "trainer", machine: "box", run: null, metricsPort: null },
    { id: "c1", role: "coordinator", machine: "ä", run: "my-run", metricsPort: 9100 },
  ),
  example(
    messages.announce,
    {
      ...announced,
      state: "training",
      step: 118,
      skipped: 2,
      fingerprint: other,
      trainers: 2,
      loss: 12.5,
      stepsPerSecond: 3.25,
      waitsFor: null,
    },
    {
      ...announced,
      state: "waiting",
      step: 0,
      skipped: 0,
      fingerprint: null,
      trainers: 0,
      loss: null,
      stepsPerSecond: 0,
      waitsFor: "trainers",
    },
  ),
  example(messages.join, {
    ...run,
    trainer: "t1",
    secret,
    machine: "box",
    engine: "tfjs-cpu",
    fingerprints: [hash, other],
    batch: hash,
  }),
  example(
    messages.joined,
    { ok: true, step: 119, ownBatches: false, ...payload, nodes: [[0, 4]], branches: [] },
    { ok: true, step: 119, ownBatches: true, hash, blob, nodes: [], branches: [branch] },
    refusal,
  ),
  example(messages.step, {
    ...run,
    step: 119,
    ownBatches: false,
    ...payload,
    assignments: [
      { trainer: "t1", nodes: [[0, 2]] },
      {
        trainer: "t2",
        nodes: [
          [2, 3],
          [3, 4],
        ],
      },
    ],
    branches: [branch],
    ahead: 4,
    lead: null,
  }),
  example(messages.part, { ...run, hash, bytes: 4_000_000, offset: 262_144 }),
  example(messages.assign, {
    ...run,
    step: 119,
    hash,
    trainer: "t2",
    nodes: [[2, 4]],
    attempt: 2,
    audit: true,
    branches: [branch],
  }),
  example(
    messages.result,
    ...[12.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((loss) => ({
      ...run,
      step: 119,
      trainer: "t1",
      secret,
      machine: "box",
      node: [0, 2] as [number, number],
      parametersHash: hash,
      batchHashes: [hash, other],
      madeBy: ["d1", null],
      loss,
      nonFinite: loss === 12.5 ? [] : [1],
      attempt: 0,
      branched: loss !== 12.5,
      ...payload,
    })),
  ),
  example(
    messages.addend,
    { ...run, step: 119, trainer: "t2", node: [2, 3], ...payload },
    { ...run, step: 119, trainer: "t2", node: [2, 3], hash, blob },
  ),
  example(messages.sum, {
    ...run,
    step: 119,
    trainer: "t1",
    secret,
    node: [0, 4],
    parts: [
      { node: [0, 2], hash },
      { node: [2, 4], hash: other },
    ],
    ...payload,
  }),
  example(messages.heartbeat, { ...run, trainer: "t1", secret, machine: "box", step: 119, nodes: [[0, 2]] }),
  example(
    messages.goodbye,
    { ...run, trainer: "t1", secret, unable: null },
    { ...run, trainer: "t1", secret, unable: { why: "Cannot load task parity", task: false } },
  ),
  example(messages.batchRequest, {
    task: "copy",
    sha256: null,
    file: null,
    settings: { bits: 8, length: [5, 10] },
    seed: Number.MAX_SAFE_INTEGER,
    stream: 1,
    step: 99_999,
    steps: 3,
    from: 12,
    sequences: 4,
    batches: 2,
  }),
  example(
    messages.batchAnswer,
    { ok: true, dataEnv: "d1", times: [22, 18], sequences: 4, numberBytes: 1, ...payload },
    { ok: true, dataEnv: "d1", times: [22], sequences: 4, numberBytes: 4, hash: other, blob },
    refusal,
  ),
  example(messages.pull, { hash, offset: 262_144, bytes: 262_144 }),
  example(messages.pulled, { ok: true }, refusal),
  example(messages.evaluatorAnnounce, { id: "e1", machine: "box", folder: "a1b2", generation: 7 }),
  example(
    messages.open,
    { coordinator: "c1", machine: "box", run: null, fresh: true, config, before: null },
    { coordinator: "c1", machine: "box", run: "mine", fresh: false, config, before: 500 },
  ),
  example(
    messages.opened,
    {
      ok: true,
      run: "mine",
      epoch: 4,
      created: false,
      config,
      fingerprint: hash,
      checkpoint: { step: 500, blob },
      skipped: 3,
      audited: 480,
      excluded: [exclusion],
      suspects: ["t1"],
      state: "stopped",
    },
    refusal,
  ),
  example(messages.fixFingerprint, { ...run, fingerprint: hash }),
  example(
    messages.doubt,
    {
      ...run,
      before: 480,
      excluded: [exclusion, { ...exclusion, role: "data-env", machine: null }],
      suspects: [],
    },
    { ...run, before: null, excluded: [], suspects: ["t1", "t2"] },
  ),
  example(messages.snapshot, { ...run, step: 500, checkpoint: blob, records: { ...blob, bytes: 0 } }),
  example(messages.progress, run),
  example(
    messages.progressAnswer,
    { ok: true, kept: 500, pending: [500, 1000], satisfied: null, failure: "no such task file" },
    refusal,
  ),
  example(messages.setState, { ...run, state: "failed", reason: "Two results of node 0…2 differ" }),
  example(messages.done, { ok: true }, refusal),
  example(messages.evaluation, { ...run, step: 500, split: "length-20", ...measured, sequences: 160 }),
  example(messages.log, { run: "mine", lines: ["one", "two"], events: [{ event: "joined", what: "join" }] }),
  example(messages.listRuns, {}),
  example(
    messages.runList,
    {
      ok: true,
      runs: [
        {
          run: "mine",
          state: "ended",
          step: 1000,
          steps: 1000,
          audited: 960,
          best: { step: 500, ...measured },
          spikes: { count: 2, last: 700 },
          note: { text: "the first", tags: ["baseline"] },
          model: "dnc",
          task: "copy",
        },
        {
          ...{ run: "other", state: "waiting", step: 0, steps: 5, audited: 0, best: null },
          ...{ spikes: { count: 0, last: null }, note: { text: "", tags: [] }, model: "ntm", task: "copy" },
        },
      ],
    },
    refusal,
  ),
  example(messages.askFigures, {
    run: "mine",
    goal: { figure: "wrongBits", comparison: "<", value: 0.1 },
  }),
  example(
    messages.runFigures,
    {
      ok: true,
      run: "mine",
      training: config.training,
      reached: 500,
      best: { step: 1000, ...measured },
      beyond: [
        { split: "length-20", step: 1000, wrongBits: 1.5, exact: 0.25 },
        { split: "length-40", step: 1000, wrongBits: null, exact: null },
      ],
    },
    { ok: true, run: "other", training: config.training, reached: null, best: null, beyond: [] },
    refusal,
  ),
  example(messages.removeRun, { run: "mine" }),
  example(messages.storeSweep, { sweep }),
  example(messages.listSweeps, {}),
  example(messages.sweepList, { ok: true, names: ["rates", "slots"] }, refusal),
  example(messages.askSweep, { name: "rates" }),
  example(messages.sweepAnswer, { ok: true, sweep }, refusal),
  example(messages.askStandings, { sweep: "rates", from: 400 }),
  example(
    messages.standings,
    {
      ok: true,
      runs: [
        {
          run: "rates-1e-3-seed-1",
          state: "ended",
          step: 1000,
          steps: 1000,
          sequencesPerStep: 16,
          reached: 500,
          best: { step: 900, ...measured },
        },
        {
          ...{ run: "rates-1e-3-seed-2", state: null, step: 0, steps: null },
          ...{ sequencesPerStep: null, reached: null, best: null },
        },
      ],
      of: 2,
    },
    refusal,
  ),
  example(messages.askCurve, { run: "mine", figure: "wrongBits" }),
  example(
    messages.curve,
    {
      ok: true,
      points: [
        [500, 9.75],
        [1000, 0],
      ],
    },
    refusal,
  ),
  example(messages.askStatus, {}),
  example(
    messages.status,
    {
      ok: true,
      id: "t1",
      role: "trainer",
      machine: "box",
      run: "mine",
      metricsPort: 9100,
      metricsPath: "/metrics",
      state: "training",
      waitsFor: "a batch",
      waitsSeconds: 1.5,
      detail: { held: 3, deeper: { list: [1, "a", null] } },
    },
    refusal,
  ),
  example(messages.stop, { run: "mine" }),
  example(messages.stopped, { ok: true, state: "stopped", step: 118 }, refusal),
  example(messages.alive, { run: "mine", epoch: 3 }),
  example(messages.aliveAnswer, { ok: true }, refusal),
].flat();
