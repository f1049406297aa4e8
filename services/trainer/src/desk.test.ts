import assert from "node:assert/strict";
import test from "node:test";
import { Desk } from "./desk.ts";

const node = { lo: 0, hi: 2 };

function desk(): Desk<string> {
  const made = new Desk<string>();
  made.take({ epoch: 1, step: 5 }, "p5");
  return made;
}

test("Desk.take() keeps the parameters of the highest epoch and step", () => {
  const held = desk();
  assert.equal(held.take({ epoch: 1, step: 4 }, "p4"), false);
  assert.equal(held.take({ epoch: 1, step: 5 }, "p5"), false, "the same again");
  assert.equal(held.take({ epoch: 2, step: 3 }, "p3"), true, "a new epoch may begin at an earlier step");
  assert.deepEqual(held.position, { epoch: 2, step: 3 });
  assert.equal(held.parametersHash, "p3");
});

test("Desk.give() queues a node once", () => {
  const held = desk();
  assert.equal(held.give({ epoch: 1, step: 5 }, "p5", node, 0), "queued");
  assert.equal(held.give({ epoch: 1, step: 5 }, "p5", node, 0), "under-way");
  const job = held.next()!;
  assert.equal(held.give({ epoch: 1, step: 5 }, "p5", node, 0), "under-way");
  assert.equal(held.finish(job, "result"), true);
  assert.equal(held.give({ epoch: 1, step: 5 }, "p5", node, 0), "done");
  assert.equal(held.resultOf(node), "result");
});

test("Desk.give() queues a node again for a higher attempt", () => {
  const held = desk();
  held.give({ epoch: 1, step: 5 }, "p5", node, 0);
  held.finish(held.next()!, "first");
  assert.equal(held.give({ epoch: 1, step: 5 }, "p5", node, 1), "queued");
  held.finish(held.next()!, "second");
  assert.equal(held.resultOf(node), "second");
});

test("Desk.give() distinguishes stale work from work whose parameters are missing", () => {
  const held = desk();
  assert.equal(held.give({ epoch: 1, step: 4 }, "p4", node, 0), "stale");
  assert.equal(held.give({ epoch: 1, step: 6 }, "p6", node, 0), "lacks-parameters");
  assert.equal(held.give({ epoch: 2, step: 1 }, "p1", node, 0), "lacks-parameters");
  assert.equal(held.give({ epoch: 1, step: 5 }, "other", node, 0), "lacks-parameters");
});

test("Desk.holds() compares the step and the hash", () => {
  const held = desk();
  assert.equal(held.holds({ epoch: 1, step: 5 }, "p5"), true);
  assert.equal(held.holds({ epoch: 1, step: 5 }, "p6"), false);
  assert.equal(held.holds({ epoch: 2, step: 5 }, "p5"), false);
  assert.equal(held.holds({ epoch: 1, step: 6 }, "p5"), false);
});

test("Desk.take() forgets the work and results of the previous step", () => {
  const held = desk();
  held.give({ epoch: 1, step: 5 }, "p5", node, 0);
  held.give({ epoch: 1, step: 5 }, "p5", { lo: 2, hi: 4 }, 0);
  const job = held.next()!;
  held.take({ epoch: 1, step: 6 }, "p6");
  assert.deepEqual(held.nodes, []);
  assert.equal(held.finish(job, "late"), false);
  assert.equal(held.resultOf(node), undefined);
  assert.equal(held.next(), undefined);
});

test("Desk.nodes lists nodes that are queued or in progress, not finished ones", () => {
  const held = desk();
  held.give({ epoch: 1, step: 5 }, "p5", node, 0);
  held.give({ epoch: 1, step: 5 }, "p5", { lo: 2, hi: 4 }, 0);
  const job = held.next()!;
  assert.deepEqual(held.nodes, [node, { lo: 2, hi: 4 }]);
  held.finish(job, "result");
  assert.deepEqual(held.nodes, [{ lo: 2, hi: 4 }]);
});

test("Desk.abandon() lets a node be given again", () => {
  const held = desk();
  held.give({ epoch: 1, step: 5 }, "p5", node, 0);
  held.abandon(held.next()!);
  assert.equal(held.give({ epoch: 1, step: 5 }, "p5", node, 0), "queued");
});

test("Desk.advance() goes beyond the coordinator's step, and Desk.take() goes back to it", () => {
  const held = desk();
  held.give({ epoch: 1, step: 5 }, "p5", node, 0);
  held.finish(held.next()!, "result");
  held.advance("own6");
  held.advance("own7");
  assert.deepEqual(held.position, { epoch: 1, step: 7 });
  assert.equal(held.give({ epoch: 1, step: 7 }, "own7", node, 0), "queued");
  assert.equal(held.give({ epoch: 1, step: 5 }, "p5", node, 0), "lacks-parameters", "it left them behind");
  assert.equal(held.give({ epoch: 1, step: 6 }, "p6", node, 0), "lacks-parameters");
  assert.equal(held.take({ epoch: 1, step: 4 }, "p4"), false, "the coordinator was beyond that");
  assert.equal(held.take({ epoch: 1, step: 5 }, "p5"), true);
  assert.deepEqual(held.position, { epoch: 1, step: 5 });
  assert.deepEqual(held.nodes, []);
  assert.equal(held.take({ epoch: 1, step: 5 }, "p5"), false, "the same again");
});

test("Desk.reached() says whether the trainer has come to the coordinator's step, before which nothing counts", () => {
  const held = desk();
  held.advance("own6");
  held.advance("own7");
  assert.equal(held.reached({ epoch: 1, step: 6 }), true);
  assert.equal(held.reached({ epoch: 1, step: 8 }), false);
  assert.equal(held.reached({ epoch: 2, step: 1 }), false);
  assert.equal(held.take({ epoch: 1, step: 5 }, "p5"), false);
  assert.equal(held.give({ epoch: 1, step: 5 }, "p5", node, 0), "stale");
  assert.equal(held.take({ epoch: 1, step: 6 }, "p6"), true);
});
