import assert from "node:assert/strict";
import { test } from "node:test";
import type { TreeNode } from "memnet";
import { BranchSums, branchesOf, partsOf } from "./branches.ts";
import type { BranchSum } from "./events.ts";
import { partition } from "./partition.ts";
import { Scene } from "./scene.testing.ts";
import { FilledTree } from "./tree.ts";

const name = ({ lo, hi }: TreeNode) => `${lo}-${hi}`;

const cuts = [
  [16, 16, ["t0 0-4", "t4 4-8", "t8 8-12", "t12 12-16"]],
  [64, 9, ["t0 0-16", "t3 16-32", "t5 32-64"]],
  [4, 2, ["t0 0-4"]],
  [4, 1, []],
  // Its left half is one node, and stays with its trainer.
  [6, 3, ["t0 0-4"]],
] as const;

for (const [leaves, trainers, wanted] of cuts) {
  test(`branchesOf() of ${trainers} trainers and ${leaves} micro-batches are ${wanted.join(", ") || "none"}`, () => {
    const given = partition(leaves, trainers).map((node, index) => ({ trainer: `t${index}`, node }));
    const branches = branchesOf(leaves, given);
    assert.deepEqual(
      branches.map(({ trainer, node }) => `${trainer} ${name(node)}`),
      wanted,
    );
  });
}

const said = { "0-1": "a", "1-2": "b", "2-4": "c", "0-2": "d" };
const part = (lo: number, hi: number, hash: string) => ({ node: { lo, hi }, hash });
const all = [part(0, 1, "a"), part(1, 2, "b"), part(2, 4, "c")];
const usable: Record<string, readonly [Partial<BranchSum>, boolean]> = {
  "of all results": [{}, true],
  "of a node that two trainers computed otherwise": [{ parts: [part(0, 2, "d"), part(2, 4, "c")] }, true],
  "that is not finite": [{ allFinite: false }, false],
  "of a gradient that nobody gave": [{ parts: [...all.slice(1), part(0, 1, "x")] }, false],
  "that misses a part": [{ parts: all.slice(1) }, false],
  "that counts a part twice": [{ parts: [...all, part(0, 2, "d")] }, false],
  "of nothing": [{ parts: [] }, false],
  "of another trainer": [{ trainer: "t2" }, false],
  "of another node": [{ node: { lo: 0, hi: 2 }, parts: all.slice(0, 2) }, false],
};

for (const [what, [change, wanted]] of Object.entries(usable)) {
  test(`a sum ${what} is ${wanted ? "used" : "not used"}`, () => {
    const sums = new BranchSums([{ trainer: "t1", node: { lo: 0, hi: 4 } }]);
    const sum = { trainer: "t1", step: 1, node: { lo: 0, hi: 4 }, parts: all, hash: "s", allFinite: true };
    sums.take({ ...sum, gradient: new Float32Array(1), ...change });
    const opinions = (node: TreeNode) => {
      const hash = (said as Record<string, string>)[name(node)];
      return hash ? [{ hash: `${hash}:1.5` } as never] : [];
    };
    assert.equal(sums.usable(opinions).length, wanted ? 1 : 0);
  });
}

test("partsOf() adds the losses below a branch in the tree's order, and keeps what is outside", () => {
  const tree = new FilledTree(5);
  const losses = [1e16, 1, 1, -1e16, 3];
  for (const [lo, loss] of losses.entries()) {
    const sum = { gradient: Float32Array.of(lo), loss };
    tree.fill({ node: { lo, hi: lo + 1 }, sum } as never);
  }
  const branch = { node: { lo: 0, hi: 4 }, gradient: Float32Array.of(9) } as BranchSum;
  const parts = partsOf(tree, [branch]);
  assert.deepEqual(
    parts.map(({ node, sum }) => [name(node), sum.gradient[0], sum.loss]),
    [
      ["4-5", 4, 3],
      ["0-4", 9, losses[0]! + losses[1]! + (losses[2]! + losses[3]!)],
    ],
  );
});

/** Four trainers with a micro-batch each, in two branches: t1 adds up 0-2, and t3 2-4. */
function branched(options: ConstructorParameters<typeof Scene>[0] = {}) {
  const scene = new Scene({ branchesFrom: 2, ...options });
  for (const trainer of ["t1", "t2", "t3", "t4"]) scene.joins(trainer);
  scene.gives("t1", "0-4");
  scene.updates();
  return scene;
}
const sent = { branched: true };

function results(scene: Scene): string[] {
  return ["t1", "t2", "t3", "t4"].flatMap((trainer, lo) => scene.gives(trainer, `${lo}-${lo + 1}`, sent));
}

test("a step is taken from the sums of its branches", () => {
  const scene = branched();
  assert.deepEqual(scene.core.branches, [
    { trainer: "t1", node: { lo: 0, hi: 2 } },
    { trainer: "t3", node: { lo: 2, hi: 4 } },
  ]);
  assert.deepEqual(results(scene), ["accepted", "accepted", "accepted", "accepted"]);
  assert.deepEqual(scene.sums("t1", "0-2", "0-1 1-2"), []);
  assert.deepEqual(scene.sums("t3", "2-4", "2-3 3-4"), ["add 0-2 2-4"]);
  assert.deepEqual(scene.sums("t3", "2-4", "2-3 3-4"), ["stale"]);
});

test("a sum may come before the results that it is of", () => {
  const scene = branched();
  scene.sums("t1", "0-2", "0-1 1-2");
  scene.sums("t3", "2-4", "2-3 3-4");
  assert.deepEqual(results(scene).at(-1), "add 0-2 2-4");
});

test("a sum is taken from its branch's trainer alone", () => {
  const scene = branched();
  assert.deepEqual(scene.sums("t1", "0-2", "0-1 1-2", {}, "another secret"), ["forged sum"]);
  assert.deepEqual(scene.sums("t2", "0-2", "0-1 1-2"), ["stale"]);
  assert.deepEqual(scene.sums("t1", "0-2", "0-1 1-2", { step: 1 }), ["stale"]);
});

const direct = "broadcast 2: t1 0-1; t2 1-2; t3 2-3; t4 3-4";
const everyone = ["t1", "t2", "t3", "t4"];

test("without a sum, the step begins again, and the steps after it have no branches", () => {
  const scene = branched();
  results(scene);
  scene.sums("t1", "0-2", "0-1 1-2");
  assert.deepEqual(
    scene.pass(1500, everyone).filter((line) => /broadcast|event/.test(line)),
    ["event unsummed", direct],
  );
  assert.deepEqual(scene.core.branches, []);
  // A result without its gradient is of no use any more.
  assert.deepEqual(scene.gives("t1", "0-1", sent), ["stale"]);
  for (const [lo, trainer] of everyone.entries()) scene.gives(trainer, `${lo}-${lo + 1}`);
  scene.updates();
  assert.deepEqual(scene.core.branches, []);
});

test("a branch's trainer that has gone is waited for as long, and given no work of the step that begins again", () => {
  const scene = branched();
  results(scene);
  scene.sums("t1", "0-2", "0-1 1-2");
  const others = ["t1", "t2", "t4"];
  const soon = [...scene.leaves("t3"), ...scene.pass(900, others)];
  assert.ok(!soon.some((line) => line.startsWith("broadcast")), soon.join("; "));
  assert.ok(scene.pass(200, others).includes("broadcast 2: t1 0-1; t2 1-2; t4 2-4"));
});

test("a step that is not finite, or in which results differ, begins again without branches", () => {
  const scene = branched();
  for (const [lo, trainer] of everyone.entries()) scene.gives(trainer, `${lo}-${lo + 1}`, sent);
  const unfinished = branched();
  unfinished.gives("t1", "0-1", sent);
  unfinished.gives("t1", "0-1", { ...sent, hash: "another" });
  const lines = ["t2", "t3", "t4"].flatMap((trainer, index) =>
    unfinished.gives(trainer, `${index + 1}-${index + 2}`, sent),
  );
  assert.deepEqual(lines.at(-1), direct);
});

test("an audit checks the sums of branches, which the coordinator then adds up itself", () => {
  let chance = 1;
  const scene = branched({ audit: 0.5, chance: () => chance, arbiter: false });
  results(scene);
  scene.sums("t1", "0-2", "0-1 1-2");
  chance = 0;
  assert.deepEqual(scene.sums("t3", "2-4", "2-3 3-4"), [direct]);
  chance = 1;
  const given = everyone.flatMap((trainer, lo) => scene.gives(trainer, `${lo}-${lo + 1}`));
  assert.ok(given.includes("assign t2 0-1 attempt 1 audit"), given.join("; "));
  const other = (lo: number) => everyone[(lo + 1) % 4]!;
  const audit = everyone.flatMap((_, lo) => scene.gives(other(lo), `${lo}-${lo + 1}`, { attempt: 1 }));
  assert.equal(audit.at(-1), "add 0-1 1-2 2-3 3-4 audited, check 0-2 2-4");
  const after = scene.updates(1, ["s0-2", "right"]);
  assert.ok(after.includes("event quarantined"), after.join("; "));
  assert.ok(after.includes("doubt before null: trainer t3 and m-t3"), after.join("; "));
  assert.ok(!after.some((line) => line.startsWith("broadcast")), "it waits until the doubt is written down");
});

test("an audit checks the sums of branches, however few trainers are left for the step that begins again", () => {
  let chance = 1;
  const scene = branched({ audit: 0.5, chance: () => chance, arbiter: true });
  results(scene);
  scene.sums("t1", "0-2", "0-1 1-2");
  for (const trainer of ["t2", "t3", "t4"]) scene.leaves(trainer);
  chance = 0;
  assert.deepEqual(scene.sums("t3", "2-4", "2-3 3-4"), ["broadcast 2: t1 0-2,2-4"]);
  scene.gives("t1", "0-2");
  assert.deepEqual(scene.gives("t1", "2-4"), ["accepted", "judge 0-2", "judge 2-4"]);
  scene.judges("0-2");
  assert.deepEqual(scene.judges("2-4"), ["audit", "add 0-2 2-4 audited, check 0-2 2-4"]);
});

test("a trainer whose sum was wrong is doubted from the first of its sums that no audit checked", () => {
  let chance = 1;
  const scene = branched({ audit: 0.5, chance: () => chance, arbiter: false });
  const sums = () => [...scene.sums("t1", "0-2", "0-1 1-2"), ...scene.sums("t3", "2-4", "2-3 3-4")];
  results(scene);
  sums();
  scene.updates();
  results(scene);
  chance = 0;
  sums();
  chance = 1;
  for (const [lo, trainer] of everyone.entries()) scene.gives(trainer, `${lo}-${lo + 1}`);
  for (let lo = 0; lo < 4; lo++) scene.gives(everyone[(lo + 1) % 4]!, `${lo}-${lo + 1}`, { attempt: 1 });
  const after = scene.updates(1, ["wrong", "s2-4"]);
  assert.ok(after.includes("doubt before 2: trainer t1 and m-t1"), after.join("; "));
});

for (const [why, options] of Object.entries({
  "every step is audited": { audit: 1 },
  "two trainers disagreed": { suspects: ["t9"], arbiter: true },
  "there are too few trainers": { branchesFrom: 5 },
  "it is switched off": { branchesFrom: 0 },
})) {
  test(`no step has branches if ${why}`, () => {
    const scene = new Scene({ branchesFrom: 2, ...options });
    for (const trainer of everyone) scene.joins(trainer);
    assert.deepEqual(scene.core.branches, []);
  });
}
