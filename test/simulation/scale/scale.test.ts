import assert from "node:assert/strict";
import { test } from "node:test";
import { cluster, measuredPoints } from "./calibration.ts";
import { type StarModel, simulateStar } from "./star.ts";
import { simulateSweep } from "./sweep.ts";

const free = { ms: 0, msPerMegabyte: 0 };
const nothing = {
  coordinator: { result: free, heartbeat: free, send: free, add: free, update: free },
  server: free,
  trainer: { step: free, result: free },
};
const star: StarModel = { trainers: 4, microBatches: 64, parameters: 62_660, computeMs: 10, ...cluster };

const isNear = (got: number, wanted: number, share: number) =>
  assert.ok(Math.abs(got / wanted - 1) <= share, `must be within ${100 * share} % of ${wanted}, got ${got}`);

test("simulateStar() divides a step's micro-batches by the trainers if nothing else costs time", () => {
  const links = { latencyMs: 0, gigabits: 1e9, serverGigabits: 1e9 };
  for (const trainers of [1, 4, 64]) {
    // The first to join holds all of the first step, is slow in it, and has to prove its speed for some steps.
    const { stepsPerSecond } = simulateStar({ ...star, trainers, costs: nothing, links }, 150);
    isNear(stepsPerSecond, 1000 / ((10 * 64) / trainers), 0.001);
  }
});

test("simulateStar() is bound by the coordinator's processor where results cost it more than trainers compute", () => {
  const costs = { ...nothing, coordinator: { ...nothing.coordinator, result: { ms: 5, msPerMegabyte: 0 } } };
  const { stepsPerSecond, busy } = simulateStar({ ...star, trainers: 64, computeMs: 1, costs }, 5);
  isNear(stepsPerSecond, 1000 / (64 * 5), 0.02);
  assert.ok(busy.coordinator > 0.95, `${busy.coordinator}`);
});

test("simulateStar() is bound by a link that carries the parameters to every trainer", () => {
  const links = { latencyMs: 0.1, gigabits: 100, serverGigabits: 1 };
  const model = { ...star, trainers: 64, computeMs: 0.1, costs: nothing, links };
  const { stepsPerSecond, busy } = simulateStar(model, 5);
  // 64 times 250,640 bytes at 1 Gbit/s.
  isNear(stepsPerSecond, 1000 / ((64 * 250_640 * 8) / 1e6), 0.02);
  assert.ok(busy["server's link"] > 0.95);
});

test("simulateStar() pulls large parameters and gradients in ranges, through the coordinator's link", () => {
  const links = { latencyMs: 0, gigabits: 1, serverGigabits: 1000 };
  const model = { ...star, trainers: 16, parameters: 1_000_000, computeMs: 0.1, costs: nothing, links };
  const { stepsPerSecond } = simulateStar(model, 3);
  // The coordinator's link carries 4 MB to each trainer, and 4 MB back.
  isNear(stepsPerSecond, 1000 / (((16 * 4e6 * 8) / 1e6) * 2), 0.25);
});

test("simulateStar() gives the same figures for the same model", () => {
  assert.deepEqual(simulateStar(star, 5), simulateStar(star, 5));
});

test("simulateStar() agrees with the runs that were measured", () => {
  for (const { model, stepsPerSecond } of measuredPoints)
    isNear(simulateStar(model, 50).stepsPerSecond, stepsPerSecond, 0.15);
});

test("simulateSweep() grows with the workers until the evaluator is full", () => {
  const model = { runMs: 10_000, evaluations: 10, evaluationMs: 50, betweenMs: 0 };
  for (const [workers, perSecond] of [
    [1, 0.1],
    [8, 0.8],
    [100, 2],
  ] as const) {
    const { runsPerSecond, evaluatorBusy } = simulateSweep({ ...model, workers }, 5);
    isNear(runsPerSecond, perSecond, 0.02);
    isNear(evaluatorBusy, perSecond * 0.5, 0.02);
  }
});
