/** Summarises the actors' own reports for a run's page: which actors work for the run, and what each one does. */

import type { Present } from "@memnet/service";
import * as z from "zod";
import type { Cluster, Leader, StepTime, Worker, Workers } from "./shared/api.ts";
import { bitsOf } from "./shared/bits.ts";

/** A longer table is unreadable, so each row then stands for a machine. */
const rowsMax = 24;

/** States of a coordinator that leads its run; in other states it only stays to announce how the run ended. */
const leads = new Set(["opening", "waiting", "training"]);

// Details come from the network, possibly from other versions; fields that do not fit are ignored.
const number = z.number().nullable().catch(null);
const rate = z.number().min(0).catch(0);
const stepTime = z
  .object({
    ...{ steps: rate, whole: rate, wait: rate, add: rate, update: rate, send: rate, rest: rate },
  })
  .nullable()
  .catch(null);
const member = z.object({ id: z.string(), machine: z.string(), doubted: z.boolean().catch(false) });
const leading = z.object({
  ...{ epoch: rate, step: rate, loss: number, stepsPerSecond: rate, stepMs: stepTime },
  trainers: z.array(member).catch([]),
});
const training = z.object({
  engine: z.string().max(64).nullable().catch(null),
  ...{ microBatchesPerSecond: rate, computeMs: number, busy: number },
});
const making = z.object({ batchesPerSecond: rate, answerMs: number });

/** @param actors all connected actors */
export function clusterOf(run: string, actors: readonly Present[]): Cluster {
  const leaders = actors
    .filter(({ role, run: held, state }) => role === "coordinator" && held === run && leads.has(state))
    .map((actor) => ({ actor, detail: leading.parse(actor.detail) }))
    // Of two coordinators, the older one has not noticed yet that it was replaced.
    .sort((a, b) => b.detail.epoch - a.detail.epoch);
  const [leader] = leaders;
  const trainers = actors.filter(({ role }) => role === "trainer");
  return {
    coordinator: leader ? leaderOf(leader) : null,
    trainers: table(trainersOf(run, trainers, leader?.detail.trainers ?? [])),
    dataEnvs: table(actors.filter(({ role }) => role === "data-env").map(makerOf)),
    idleTrainers: trainers.filter((one) => one.run === null).length,
    otherTrainers: trainers.filter((one) => one.run !== null && one.run !== run).length,
  };
}

function leaderOf({ actor, detail }: { actor: Present; detail: z.infer<typeof leading> }): Leader {
  const { machine, state, waitsFor, waitsSeconds } = actor;
  const { trainers: _trainers, stepMs, ...figures } = detail;
  const loss = bitsOf(figures.loss);
  return { machine, state, waitsFor, waitsSeconds, ...figures, loss, stepMs: stepMs as StepTime | null };
}

/** Returns the trainers that the coordinator counts, and those that are still joining it. */
function trainersOf(
  run: string,
  trainers: readonly Present[],
  members: readonly z.infer<typeof member>[],
): Worker[] {
  const known = new Map(members.map((one) => [one.id, one]));
  const answered = trainers.filter((one) => one.run === run);
  const heard = new Set(answered.map(({ id }) => id));
  const silent = members.filter(({ id }) => !heard.has(id));
  return [
    ...answered.map(({ id, machine, detail }) => {
      const { microBatchesPerSecond: perSecond, computeMs: ms, engine, busy } = training.parse(detail);
      return { id, machine, does: doing(known.get(id), perSecond), engine, perSecond, ms, busy };
    }),
    ...silent.map(({ id, machine }) => ({
      ...{ id, machine, does: "does not answer", engine: null, perSecond: 0, ms: null, busy: null },
    })),
  ];
}

function doing(known: z.infer<typeof member> | undefined, perSecond: number): string {
  if (!known) return "joins";
  if (known.doubted) return "is late: not waited for";
  return perSecond > 0 ? "computes" : "has no work";
}

function makerOf({ id, machine, detail }: Present): Worker {
  const { batchesPerSecond: perSecond, answerMs: ms } = making.parse(detail);
  const does = perSecond > 0 ? "makes batches" : "has no work";
  return { id, machine, does, engine: null, perSecond, ms, busy: null };
}

/** Returns a bounded table: a row per worker, or per machine if there are many, and the number of machines left out. */
function table(workers: readonly Worker[]): Workers {
  const sorted = [...workers].sort((a, b) => order(a.machine, b.machine) || order(a.id, b.id));
  const all = { count: sorted.length, perSecond: sumOf(sorted), does: tally(sorted) };
  if (sorted.length <= rowsMax) {
    return { ...all, byMachine: false, rows: sorted.map((one) => ({ ...one, count: 1 })), more: 0 };
  }
  const machines = new Map<string, Worker[]>();
  for (const one of sorted) {
    const there = machines.get(one.machine);
    if (there) there.push(one);
    else machines.set(one.machine, [one]);
  }
  const rows = [...machines].map(([machine, there]) => ({
    ...{ id: machine, machine, count: there.length, does: tally(there) },
    engine: [...new Set(there.flatMap(({ engine }) => engine ?? []))].join(", ") || null,
    perSecond: sumOf(there),
    ms: middle(there.map(({ ms }) => ms)),
    busy: middle(there.map(({ busy }) => busy)),
  }));
  const shown = rows.slice(0, rowsMax);
  return { ...all, byMachine: true, rows: shown, more: rows.length - shown.length };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sumOf(workers: readonly Worker[]): number {
  return workers.reduce((sum, { perSecond }) => sum + perSecond, 0);
}

/** Counts what workers do, as in `7 computes, 1 joins`. */
function tally(workers: readonly Worker[]): string {
  const counts = new Map<string, number>();
  for (const { does } of workers) counts.set(does, (counts.get(does) ?? 0) + 1);
  return [...counts].map(([word, count]) => `${count} ${word}`).join(", ");
}

function middle(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  return known[known.length >> 1] ?? null;
}
