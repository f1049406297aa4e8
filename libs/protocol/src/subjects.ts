/**
 * Every subject, by who says it. A role needs to publish and to hear only the ones of its own part, so that a NATS
 * server can hold it to them.
 */

import * as z from "zod";

export const roles = ["coordinator", "trainer", "data-env", "evaluator", "operator"] as const;
export type Role = (typeof roles)[number];

/** A run's name: one token of a subject and one folder. */
export const runName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "a run's name is 1 to 64 letters, digits, '-' and '_'")
  .refine((name) => !name.startsWith("-"), "a run's name must not begin with '-', as a flag does")
  .refine((name) => !name.endsWith("_test"), "a run's name must not end in _test, which is the test page's");

/** An actor's id, new at each process start. */
export const actorId = z.string().regex(/^[a-z0-9]{1,32}$/, "an actor's id is letters and digits");

export const subjects = {
  /** Any actor that has just come in. */
  hello: "memnet.hello",
  /** A coordinator, every second. */
  announce: "memnet.announce",
  /** The operator asks every actor, and so does the evaluator for Prometheus. */
  status: "memnet.status",
  /** Trainers ask data-envs, which share the work. */
  batch: "memnet.batch",
  batchQueue: "data-envs",
  evaluator: {
    announce: "memnet.evaluator.announce",
    open: "memnet.evaluator.open",
    fingerprint: "memnet.evaluator.fingerprint",
    snapshot: "memnet.evaluator.snapshot",
    progress: "memnet.evaluator.progress",
    state: "memnet.evaluator.state",
    evaluation: "memnet.evaluator.evaluation",
    log: "memnet.evaluator.log",
    runs: "memnet.evaluator.runs",
    figures: "memnet.evaluator.figures",
    remove: "memnet.evaluator.remove",
  },
  /** What one run's coordinator hears and says. */
  run: (run: string) => ({
    step: `memnet.run.${run}.step`,
    join: `memnet.run.${run}.join`,
    result: `memnet.run.${run}.result`,
    heartbeat: `memnet.run.${run}.heartbeat`,
    goodbye: `memnet.run.${run}.goodbye`,
    stop: `memnet.run.${run}.stop`,
  }),
  /** The coordinator tells one trainer. */
  assign: (trainer: string) => `memnet.trainer.${trainer}.assign`,
  /** The evaluator asks a run's holder whether it lives. */
  holder: (coordinator: string) => `memnet.coordinator.${coordinator}.alive`,
  /** Ranges of the blobs that an actor announced; with its role, so that not everybody may pull from everybody. */
  pull: (role: Role | "*", actor: string) => `memnet.pull.${role}.${actor}`,
  /** Where answers to an actor's questions come. */
  inbox: (role: string, actor: string) => `_INBOX.${role}.${actor}`,
} as const;
