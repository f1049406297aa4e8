/**
 * Defines every subject, grouped by sender. Each role publishes and subscribes only to the subjects of its own part, so
 * that a NATS server can restrict it to them.
 */

import * as z from "zod";

export const roles = ["coordinator", "trainer", "data-env", "evaluator", "worker", "operator"] as const;
export type Role = (typeof roles)[number];

/** Which workers a queued run is for: `gpu` if its engine needs one. */
export const queueKinds = ["cpu", "gpu"] as const;
export type QueueKind = (typeof queueKinds)[number];

/** The JetStream stream of the queued runs. */
export const queueStream = "memnet-queue";

/** A run's name: a single subject token and a folder name. */
export const runName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "a run's name is 1 to 64 letters, digits, '-' and '_'")
  .refine((name) => !name.startsWith("-"), "a run's name must not begin with '-', as a flag does")
  .refine((name) => !name.endsWith("_test"), "a run's name must not end in _test, which is the test page's");

/** An actor's ID, new at each process start. */
export const actorId = z.string().regex(/^[a-z0-9]{1,32}$/, "an actor's id is letters and digits");

export const subjects = {
  /** Sent by any actor that has just connected. */
  hello: "memnet.hello",
  /** Sent by each coordinator every second. */
  announce: "memnet.announce",
  /** Request to every actor, from the operator, and from the evaluator on behalf of Prometheus. */
  status: "memnet.status",
  /** Request from trainers to data-envs, which share the work. */
  batch: "memnet.batch",
  batchQueue: "data-envs",
  evaluator: {
    announce: "memnet.evaluator.announce",
    open: "memnet.evaluator.open",
    fingerprint: "memnet.evaluator.fingerprint",
    doubt: "memnet.evaluator.doubt",
    snapshot: "memnet.evaluator.snapshot",
    progress: "memnet.evaluator.progress",
    state: "memnet.evaluator.state",
    evaluation: "memnet.evaluator.evaluation",
    log: "memnet.evaluator.log",
    runs: "memnet.evaluator.runs",
    figures: "memnet.evaluator.figures",
    remove: "memnet.evaluator.remove",
    storeSweep: "memnet.evaluator.sweep.store",
    sweeps: "memnet.evaluator.sweep.list",
    sweep: "memnet.evaluator.sweep.read",
    standings: "memnet.evaluator.sweep.standings",
    curve: "memnet.evaluator.sweep.curve",
  },
  /** The subjects that one run's coordinator publishes and subscribes to. */
  run: (run: string) => ({
    step: `memnet.run.${run}.step`,
    /** A step's parameters, in parts, if they are too large for the message that begins it. */
    parameters: `memnet.run.${run}.parameters`,
    join: `memnet.run.${run}.join`,
    result: `memnet.run.${run}.result`,
    /** The gradients of branches, from the trainers that add them up. */
    sum: `memnet.run.${run}.sum`,
    heartbeat: `memnet.run.${run}.heartbeat`,
    goodbye: `memnet.run.${run}.goodbye`,
    stop: `memnet.run.${run}.stop`,
  }),
  /** From the coordinator to one trainer. */
  assign: (trainer: string) => `memnet.trainer.${trainer}.assign`,
  /** From trainers to the one that adds up their branch. */
  addend: (trainer: string) => `memnet.trainer.${trainer}.addend`,
  /** The evaluator asks whether the coordinator that holds a run is alive. */
  holder: (coordinator: string) => `memnet.coordinator.${coordinator}.alive`,
  /**
   * Requests for ranges of the blobs that an actor has announced. The role is part of the subject, so that permissions
   * can limit which roles pull from which.
   */
  pull: (role: Role | "*", actor: string) => `memnet.pull.${role}.${actor}`,
  /** A run that waits for a worker, or is with one; a NATS server's JetStream keeps the message. */
  queued: (kind: QueueKind | "*", sweep: string, run: string) => `memnet.queue.${kind}.${sweep}.${run}`,
  /** The prefix of the subjects that answers to an actor's requests are sent to. */
  inbox: (role: string, actor: string) => `_INBOX.${role}.${actor}`,
} as const;

const forAll: ReadonlySet<string> = new Set([
  subjects.hello,
  subjects.announce,
  subjects.status,
  subjects.evaluator.announce,
]);

/** Whether actors of every process may listen to the subject. Any other message has one receiver, or those of one run. */
export function isForAll(subject: string): boolean {
  return forAll.has(subject);
}

/** Whether a pattern, with `*` for one token and `>` for the rest, covers a subject or a narrower pattern. */
export function covers(pattern: string, subject: string): boolean {
  const tokens = pattern.split(".");
  const others = subject.split(".");
  if (tokens.at(-1) === ">")
    return (
      others.length >= tokens.length && tokens.slice(0, -1).every((token, at) => fits(token, others[at]!))
    );
  return tokens.length === others.length && tokens.every((token, at) => fits(token, others[at]!));
}

function fits(token: string, other: string): boolean {
  return token === "*" ? other !== ">" : token === other;
}
