import assert from "node:assert/strict";
import test from "node:test";
import type { Result } from "./events.ts";
import { Scene } from "./scene.testing.ts";

/** Trainer a has been alone for one step, and leads from the second on. */
function led(options: ConstructorParameters<typeof Scene>[0] = {}): Scene {
  const scene = new Scene({ leadWindow: 4, ...options });
  scene.joins("a");
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["broadcast 2: a 0-4 leads until 6"]);
  return scene;
}

/** A result of a step that the coordinator has not come to. */
function of(step: number): Partial<Result> {
  const batchHashes = [0, 1, 2, 3].map((leaf) => `b${step - 1}.${leaf}`);
  return { step, parametersHash: `p${step - 1}`, batchHashes };
}

test("Core lets a trainer lead from its second step alone, and tells it how far", () => {
  const scene = led();
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["broadcast 3: a 0-4 leading until 6"]);
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["broadcast 4: a 0-4 leading until 6"]);
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["broadcast 5: a 0-4 told to lead until 9"]);
});

test("Core lets nobody lead without a window, nor one of two trainers", () => {
  const scene = new Scene({ leadWindow: 0 });
  scene.joins("a");
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["broadcast 2: a 0-4"]);
  const pair = new Scene({ leadWindow: 4 });
  pair.joins("a");
  pair.joins("b");
  pair.gives("a", "0-4");
  assert.deepEqual(pair.updates(), ["broadcast 2: a 0-2; b 2-4"]);
});

test("Core lets nobody lead beyond the run's last step", () => {
  const scene = led({ steps: 7 });
  for (let step = 2; step < 7; step++) {
    scene.gives("a", "0-4");
    const [begun] = scene.updates();
    const how = step < 4 ? "leading until 6" : step === 4 ? "told to lead until 7" : "leading until 7";
    assert.equal(begun, `broadcast ${step + 1}: a 0-4 ${how}`);
  }
});

test("Core takes the results of a leader in the order of the steps, as soon as each begins", () => {
  const scene = led();
  assert.deepEqual(scene.gives("a", "0-4", of(3)), [], "early");
  assert.deepEqual(scene.gives("a", "0-4", of(4)), []);
  assert.deepEqual(scene.gives("a", "0-4"), ["accepted", "add 0-4"]);
  assert.deepEqual(scene.updates(), ["broadcast 3: a 0-4 leading until 6", "accepted", "add 0-4"]);
  assert.deepEqual(scene.updates(), ["broadcast 4: a 0-4 leading until 6", "accepted", "add 0-4"]);
  assert.deepEqual(scene.updates(), ["broadcast 5: a 0-4 told to lead until 9"]);
});

test("Core keeps no result beyond a leader's leave, nor one of another trainer", () => {
  const scene = led();
  assert.deepEqual(scene.gives("a", "0-4", of(7)), ["stale"]);
  scene.joins("b");
  assert.deepEqual(scene.gives("b", "0-4", of(3)), ["stale"]);
});

test("Core drops what a leader computed on other parameters, names it, and lets it lead no more", () => {
  const scene = led();
  scene.gives("a", "0-4", { ...of(3), parametersHash: "other" });
  scene.gives("a", "0-4", of(4));
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["broadcast 3: a 0-4 leading until 6", "rejected", "event strayed"]);
  scene.now += 500;
  assert.deepEqual(scene.beats("a", []), ["assign a 0-4", "reissue repair"], "it asks for the parameters");
  assert.deepEqual(scene.joins("a"), ["admit at 3: 0-4"]);
  assert.deepEqual(scene.gives("a", "0-4"), ["accepted", "add 0-4"]);
  assert.deepEqual(scene.updates(), ["broadcast 4: a 0-4"]);
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["broadcast 5: a 0-4"]);
});

test("Core ends the lead when another trainer joins, and forgets what came early", () => {
  const scene = led();
  scene.gives("a", "0-4", of(3));
  scene.joins("b");
  assert.deepEqual(scene.gives("a", "0-4"), ["accepted", "add 0-4"], "the step's own result counts");
  assert.deepEqual(scene.updates(), ["broadcast 3: a 0-2; b 2-4"]);
  assert.deepEqual(scene.gives("a", "0-4"), ["rejected"], "it was computed ahead");
  scene.leaves("b");
  scene.gives("a", "0-2");
  scene.gives("a", "2-4");
  assert.deepEqual(scene.updates(), ["broadcast 4: a 0-4"], "alone again");
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["broadcast 5: a 0-4 leads until 9"]);
});

test("Core ends the lead of a trainer that asks for the parameters", () => {
  const scene = led();
  assert.deepEqual(scene.joins("a"), ["admit at 2: 0-4"]);
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["broadcast 3: a 0-4"]);
});

test("Core audits a leader's steps one after the other, also those whose results came early", () => {
  const scene = new Scene({ leadWindow: 4, audit: 1, arbiter: true, fingerprint: null });
  scene.on({ kind: "probed", probe: { fingerprint: "f", batch: "b" } });
  scene.on({ kind: "fixed", fingerprint: "f" });
  scene.joins("a");
  assert.deepEqual(scene.gives("a", "0-4"), ["accepted", "judge 0-4"]);
  assert.deepEqual(scene.judges("0-4"), ["audit", "add 0-4 audited"]);
  assert.deepEqual(scene.updates(), ["broadcast 2: a 0-4 leads until 6"]);
  assert.deepEqual(scene.gives("a", "0-4", of(3)), []);
  assert.deepEqual(scene.gives("a", "0-4"), ["accepted", "judge 0-4"]);
  assert.deepEqual(scene.judges("0-4"), ["audit", "add 0-4 audited"]);
  assert.deepEqual(scene.updates(), ["broadcast 3: a 0-4 leading until 6", "accepted", "judge 0-4"]);
});

test("Core waits for the evaluator before it begins a step whose result has come", () => {
  const scene = new Scene({ leadWindow: 4, checkpointEvery: 1 });
  scene.joins("a");
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["snapshot 1", "broadcast 2: a 0-4 leads until 6"]);
  scene.gives("a", "0-4", of(3));
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["snapshot 2", "event waiting the evaluator to keep a snapshot"]);
  const kept = scene.on({ kind: "acknowledged", step: 1 });
  assert.deepEqual(kept, ["broadcast 3: a 0-4 leading until 6", "accepted", "add 0-4"]);
});
