import assert from "node:assert/strict";
import { test } from "node:test";
import { Process } from "./process.ts";
import { Timeline } from "./timeline.ts";

const forever = () => false;

test("Timeline.pass() runs events in order, each with everything that it triggers", async () => {
  const timeline = new Timeline();
  const told: string[] = [];
  const tell = (text: string) => told.push(`${timeline.now} ${text}`);
  for (const ms of [30, 10, 20, 10]) timeline.after(ms, () => tell(`after ${ms}`));
  timeline.after(10, async () => {
    for (let turn = 0; turn < 20; turn++) await undefined;
    tell("promise");
  });
  const cancel = timeline.after(25, () => tell("cancelled"));
  timeline.after(20, cancel);
  assert.equal(await timeline.pass(forever, 25), false);
  assert.deepEqual(told, ["10 after 10", "10 after 10", "10 promise", "20 after 20"]);
});

test("Timeline.pass() ends when the condition holds", async () => {
  const timeline = new Timeline();
  let count = 0;
  for (let ms = 0; ms < 100; ms++) timeline.after(ms, () => void count++);
  assert.equal(await timeline.pass(() => count === 40, 1000), true);
  assert.equal(timeline.now, 39);
});

test("Process holds events back while it is paused, and loses them once it is dead", async () => {
  const timeline = new Timeline();
  const told: string[] = [];
  const process = new Process(timeline, "trainer", "t1");
  process.clock.after(10, () => told.push(`timer ${timeline.now}`));
  timeline.after(5, () => process.pause());
  timeline.after(20, () => process.enter(() => told.push(`message ${timeline.now}`)));
  timeline.after(50, () => process.resume());
  timeline.after(60, () => process.kill());
  timeline.after(70, () => process.enter(() => told.push("too late")));
  await timeline.pass(forever, 100);
  assert.deepEqual(told, ["timer 50", "message 50"]);
});
