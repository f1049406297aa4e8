import assert from "node:assert/strict";
import { test } from "node:test";
import { Schedule, type ScheduleOptions } from "./schedule.ts";

const forSnapshot = { kind: "wait", why: "the evaluator to keep a snapshot" };
const forEvaluations = { kind: "wait", why: "evaluations" };
const step = { kind: "step" };

function schedule(more: Partial<ScheduleOptions> = {}): Schedule {
  const options = { step: 0, steps: 12, checkpointEvery: 4, evaluateEvery: 6, until: false, kept: 0 };
  return new Schedule({ ...options, ...more });
}

/** Takes steps up to `to` and returns those with a snapshot. */
function take(of: Schedule, to: number): number[] {
  const due: number[] = [];
  while (of.taken < to) {
    for (const effect of of.stepTaken(of.taken + 1)) if (effect.kind === "snapshot") due.push(effect.step);
  }
  return due;
}

test("Schedule.stepTaken() snapshots checkpoints, evaluations and the last step, each once", () => {
  assert.deepEqual(take(schedule(), 12), [4, 6, 8, 12]);
  assert.deepEqual(take(schedule({ steps: 7 }), 7), [4, 6, 7]);
  assert.deepEqual(take(schedule({ step: 5 }), 12), [6, 8, 12]);
});

test("Schedule.next() begins no step before the first snapshot is acknowledged", () => {
  const of = schedule({ kept: -1 });
  assert.deepEqual(of.next(), forSnapshot);
  of.acknowledged(0);
  assert.deepEqual(of.next(), step);
});

test("Schedule.next() runs at most two snapshots past the last acknowledged one", () => {
  const of = schedule();
  take(of, 4);
  assert.deepEqual(of.next(), step);
  take(of, 6);
  assert.deepEqual(of.next(), forSnapshot);
  of.acknowledged(4);
  assert.deepEqual(of.next(), step);
  take(of, 8);
  assert.deepEqual(of.next(), forSnapshot);
  of.acknowledged(8);
  assert.deepEqual(of.next(), step, "a later acknowledgement is of the earlier ones too");
});

test("Schedule.next() ends after the last step once its snapshot is acknowledged and every due evaluation is done", () => {
  const of = schedule();
  take(of, 12);
  assert.deepEqual(of.next(), forSnapshot);
  of.acknowledged(12);
  assert.deepEqual(of.next(), forEvaluations);
  of.progress({ kept: 8, pending: [], satisfied: null, failure: null });
  assert.deepEqual(of.next(), forEvaluations, "that was said before the last snapshot");
  of.progress({ kept: 12, pending: [12], satisfied: null, failure: null });
  assert.deepEqual(of.next(), forEvaluations);
  of.progress({ kept: 12, pending: [], satisfied: null, failure: null });
  assert.deepEqual(of.next(), { kind: "end", state: "ended", step: 12, reason: null });
});

test("Schedule.next() only waits for evaluations in a run that has already taken all its steps", () => {
  const of = schedule({ step: 12, kept: 12 });
  assert.deepEqual(of.next(), forEvaluations);
  of.progress({ kept: 12, pending: [], satisfied: null, failure: null });
  assert.equal(of.next().kind, "end");
});

test("Schedule.next() says why the evaluator cannot measure, as long as it cannot", () => {
  const of = schedule({ step: 12, kept: 12 });
  of.progress({ kept: 12, pending: [12], satisfied: null, failure: "no task file" });
  const why = "evaluations, which the evaluator cannot make: no task file";
  assert.deepEqual(of.next(), { kind: "wait", why });
  of.progress({ kept: 12, pending: [12], satisfied: null, failure: null });
  assert.deepEqual(of.next(), forEvaluations);
});

test("Schedule.stop() snapshots the current step and ends there", () => {
  const of = schedule();
  take(of, 3);
  assert.deepEqual(of.stop(false), [{ kind: "snapshot", step: 3 }]);
  assert.deepEqual(of.stop(false), [], "told twice");
  assert.deepEqual(of.next(), forSnapshot);
  of.acknowledged(3);
  assert.deepEqual(of.next(), { kind: "end", state: "stopped", step: 3, reason: null });
});

test("Schedule.stop() does not snapshot a step twice", () => {
  const kept = schedule({ step: 8, kept: 8 });
  assert.deepEqual(kept.stop(false), []);
  assert.deepEqual(kept.next(), { kind: "end", state: "stopped", step: 8, reason: null });
  const sent = schedule();
  take(sent, 4);
  assert.deepEqual(sent.stop(false), []);
  assert.deepEqual(sent.next(), forSnapshot);
});

test("Schedule.stop() while a step is being taken snapshots that step", () => {
  const of = schedule();
  take(of, 2);
  assert.deepEqual(of.stop(true), []);
  assert.deepEqual(of.stepTaken(3), [{ kind: "snapshot", step: 3 }]);
});

test("Schedule.next() with --until waits when two evaluations behind, whether pending or not yet reported", () => {
  const of = schedule({ until: true, checkpointEvery: 2, evaluateEvery: 2 });
  take(of, 2);
  of.acknowledged(2);
  assert.deepEqual(of.next(), step);
  take(of, 4);
  of.acknowledged(4);
  assert.deepEqual(of.next(), forEvaluations);
  of.progress({ kept: 4, pending: [2, 4], satisfied: null, failure: null });
  assert.deepEqual(of.next(), forEvaluations);
  of.progress({ kept: 4, pending: [4], satisfied: null, failure: null });
  assert.deepEqual(of.next(), step);
});

test("Schedule.next() ends at the step that satisfies --until, whatever else is in progress", () => {
  const of = schedule({ until: true });
  take(of, 6);
  of.stop(false);
  of.progress({ kept: 4, pending: [6], satisfied: 4, failure: null });
  assert.deepEqual(of.next(), {
    kind: "end",
    state: "ended",
    step: 4,
    reason: "the condition of --until holds",
  });
});
