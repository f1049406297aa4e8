import assert from "node:assert/strict";
import { test } from "node:test";
import { anatomyOf, type Reading } from "./anatomy.ts";
import { parseSamples } from "./samples.ts";

/** A reading of a coordinator and two trainers after the given number of steps; the second trainer is twice as slow. */
function reading(steps: number, more: Partial<Reading> = {}): Reading {
  const trainer = (times: number) =>
    parseSamples(`
memnet_trainer_wait_seconds_sum{for="parameters"} ${0.002 * times * steps}
memnet_trainer_wait_seconds_sum{for="batches"} ${0.004 * times * steps}
memnet_gradient_compute_seconds_sum ${0.008 * times * steps}
memnet_gradient_publish_seconds_sum ${0.001 * times * steps}
memnet_bus_bytes_total{direction="out"} ${300 * times * steps}
memnet_bus_bytes_total{direction="in"} ${200 * times * steps}`);
  return {
    atMs: 5000 + 32 * steps,
    coordinator: parseSamples(`
memnet_step_seconds_count ${steps}
memnet_step_phase_seconds_sum{phase="wait"} ${0.02 * steps}
memnet_step_phase_seconds_sum{phase="add"} ${0.001 * steps}
memnet_step_phase_seconds_sum{phase="update"} ${0.002 * steps}
memnet_step_phase_seconds_sum{phase="send"} ${0.004 * steps}
memnet_step_first_result_seconds_sum ${0.015 * steps}
memnet_bus_bytes_total{direction="out"} ${7 + 100 * steps}
memnet_bus_bytes_total{direction="in"} ${900 * steps}`),
    trainers: new Map([
      ["a", trainer(1)],
      ["b", trainer(2)],
    ]),
    cpuSeconds: new Map([
      ["broker", 1 + 0.001 * steps],
      ["coordinator", null],
    ]),
    ...more,
  };
}

/** Rounds to the nanosecond, since the figures are sums of decimals. */
function rounded(figures: object) {
  return Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [name, value && Number(value.toFixed(6))]),
  );
}

test("anatomyOf() is the time of a step between two readings, and what its parts leave over", () => {
  const { steps, wall, coordinator, trainer, bytes, cpu } = anatomyOf(reading(100), reading(150));
  assert.deepEqual([steps, wall], [50, 32]);
  assert.deepEqual(rounded(coordinator), {
    send: 4,
    firstResult: 15,
    otherResults: 5,
    add: 1,
    update: 2,
    other: 5,
  });
  assert.deepEqual(rounded(trainer), {
    waitParameters: 3,
    waitBatches: 6,
    compute: 12,
    publish: 1.5,
    other: 9.5,
  });
  assert.deepEqual(rounded(bytes), {
    coordinatorSends: 100,
    coordinatorReceives: 900,
    trainerSends: 450,
    trainerReceives: 300,
  });
  assert.deepEqual(rounded(cpu), { broker: 1, coordinator: null });
});

test("anatomyOf() refuses readings without a step between them, or of different processes", () => {
  assert.throws(() => anatomyOf(reading(100), reading(100)), /0 steps were taken/);
  const fewer = new Map([...reading(150).trainers].slice(0, 1));
  assert.throws(() => anatomyOf(reading(100), reading(150, { trainers: fewer })), /a process was started/);
  const other = new Map([
    ["broker", 2],
    ["evaluator", 1],
  ]);
  assert.throws(() => anatomyOf(reading(100), reading(150, { cpuSeconds: other })), /a process was started/);
});
