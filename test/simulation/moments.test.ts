import assert from "node:assert/strict";
import { test } from "node:test";
import { Moments } from "./moments.ts";
import { Process } from "./process.ts";
import { Timeline } from "./timeline.ts";

test("Moments strikes once, the n-th time that a process of the role does the operation", () => {
  const timeline = new Timeline();
  const [evaluator, trainer] = [
    new Process(timeline, "evaluator", "e1"),
    new Process(timeline, "trainer", "t1"),
  ];
  const moments = new Moments();
  const struck: string[] = [];
  moments.arm("evaluator", /^disk sync/, 2, ({ id }) => struck.push(id));
  moments.does(trainer, "disk sync");
  moments.does(evaluator, "disk write");
  moments.does(evaluator, "disk sync");
  assert.deepEqual(struck, []);
  moments.does(evaluator, "disk sync");
  moments.does(evaluator, "disk sync");
  assert.deepEqual(struck, ["e1"]);
});

test("a timer that expired while its process slept can still be cancelled", async () => {
  const timeline = new Timeline();
  const process = new Process(timeline, "trainer", "t1", 5000);
  const rung: string[] = [];
  let cancel = () => {};
  process.clock.after(10, () => {
    rung.push("first");
    cancel();
  });
  cancel = process.clock.after(20, () => rung.push("second"));
  process.pause();
  timeline.after(100, () => process.resume());
  await timeline.pass(() => false, 1000);
  assert.deepEqual(rung, ["first"]);
  assert.equal(process.clock.now(), 5100);
});
