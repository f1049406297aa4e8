/**
 * What pieces of work take, from measured points: `npm run bench -- --star` for the shares of the coordinator's time, and
 * the idle machine of docs/results/speed.md for the whole. docs/results/scale.md says how.
 */

import type { Costs, Links, StarModel } from "./star.ts";
import type { SweepModel } from "./sweep.ts";

export const costs: Costs = {
  coordinator: {
    result: { ms: 0.35, msPerMegabyte: 3 },
    heartbeat: { ms: 0.1, msPerMegabyte: 0 },
    send: { ms: 0.2, msPerMegabyte: 0.4 },
    add: { ms: 0.002, msPerMegabyte: 0.21 },
    update: { ms: 0.1, msPerMegabyte: 3.5 },
  },
  server: { ms: 0.05, msPerMegabyte: 1.4 },
  trainer: {
    step: { ms: 0.3, msPerMegabyte: 3.5 },
    result: { ms: 0.3, msPerMegabyte: 3 },
  },
};

/** Machines of a data centre. */
export const links: Links = { latencyMs: 0.1, gigabits: 10, serverGigabits: 25 };

/** A cluster whose trainers have a machine each. */
export const cluster = { costs, links, serverCores: 4 } as const;

/** The points of docs/results/speed.md: original-ntm-copy in 16 micro-batches, all processes on two cores. */
export const measuredPoints: readonly { readonly model: StarModel; readonly stepsPerSecond: number }[] = [
  { trainers: 1, stepsPerSecond: 34.5 },
  { trainers: 2, stepsPerSecond: 52.4 },
].map(({ trainers, stepsPerSecond }) => ({
  stepsPerSecond,
  model: { trainers, microBatches: 16, parameters: 62_660, computeMs: 1.6, ...cluster, sharedCores: 2 },
}));

/** The runs of docs/results/speed.md: 10,000 steps in 15 s, an evaluation every 250. */
export const sweep: Omit<SweepModel, "workers"> = {
  runMs: 15_000,
  evaluations: 40,
  evaluationMs: 105,
  betweenMs: 500,
};
