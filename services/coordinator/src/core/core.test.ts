import assert from "node:assert/strict";
import test from "node:test";
import type { CoreOptions } from "./core.ts";
import type { Result } from "./events.ts";
import { Scene } from "./scene.testing.ts";

test("Core trains with one trainer, giving it the whole tree as one node", () => {
  const scene = new Scene();
  assert.deepEqual(scene.pass(20), ["event waiting trainers"]);
  assert.deepEqual(scene.joins("a"), ["event joined", "admit at 1:", "broadcast 1: a 0-4"]);
  assert.deepEqual(scene.gives("a", "0-4"), ["accepted", "add 0-4"]);
  assert.deepEqual(scene.updates(), ["broadcast 2: a 0-4"]);
});

test("Core splits the tree between two and three trainers", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.joins("b");
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["broadcast 2: a 0-2; b 2-4"]);
  scene.joins("c");
  scene.gives("a", "0-2");
  assert.deepEqual(scene.gives("b", "2-4"), ["accepted", "add 0-2 2-4"]);
  assert.deepEqual(scene.updates(), ["broadcast 3: a 0-1; b 1-2; c 2-4"]);
});

test("Core gives a trainer that joins during a step half of the largest node", () => {
  const scene = new Scene();
  scene.joins("a");
  assert.deepEqual(scene.joins("b"), ["event joined", "reissue joined", "admit at 1: 0-2"]);
  scene.gives("b", "0-2");
  assert.deepEqual(scene.gives("a", "0-4"), ["accepted", "add 0-4"], "the first to fill the root counts");
});

test("Core fills a node from the results of both its children", () => {
  const scene = new Scene();
  for (const trainer of ["a", "b", "c"]) scene.joins(trainer);
  assert.deepEqual(scene.gives("c", "2-4"), ["accepted"]);
  assert.deepEqual(scene.gives("b", "0-2"), ["accepted", "add 0-2 2-4"]);
});

test("Core takes a node's result only from trainers that were given the node", () => {
  const scene = new Scene();
  for (const trainer of ["a", "b"]) scene.joins(trainer);
  assert.deepEqual(scene.gives("b", "0-4"), ["rejected"], "b was given the left half");
  assert.deepEqual(scene.gives("b", "0-4", { hash: "other" }), ["rejected"], "and ends no run by a lie");
  assert.deepEqual(scene.gives("a", "0-4"), ["accepted", "add 0-4"]);
  assert.deepEqual(scene.updates(), ["broadcast 2: a 0-2; b 2-4"]);
  const late = { step: 1, parametersHash: "p0", batchHashes: ["b0.0", "b0.1", "b0.2", "b0.3"] };
  assert.deepEqual(scene.gives("b", "0-4", { ...late, hash: "other" }), ["rejected"]);
});

/** Two trainers were given node 2-4 of step 2, and the first has answered. */
function doubled(options: Partial<CoreOptions> = {}): Scene {
  const scene = new Scene(options);
  for (const trainer of ["a", "b"]) scene.joins(trainer);
  scene.gives("a", "0-4");
  scene.updates();
  scene.gives("a", "0-2");
  assert.deepEqual(scene.pass(200, ["a", "b"]), ["assign a 2-4", "reissue duplicate"]);
  assert.deepEqual(scene.gives("a", "2-4"), ["accepted", "add 0-2 2-4"]);
  return scene;
}

test("Core reassigns the nodes of a silent trainer", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.joins("b");
  assert.deepEqual(scene.pass(1100, ["b"]), ["event lost", "assign b 0-4", "reissue lost-trainer"]);
});

test("Core uses the first result of a node, whichever of its trainers sends it", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.joins("b");
  scene.gives("a", "0-4");
  scene.updates();
  scene.gives("a", "0-2");
  assert.deepEqual(
    scene.pass(1100, ["a"]),
    ["assign a 2-4", "reissue duplicate", "event lost"],
    "idle, it doubled it",
  );
  assert.deepEqual(scene.gives("b", "2-4"), ["accepted", "add 0-2 2-4"], "a late result counts all the same");
  assert.deepEqual(scene.gives("a", "2-4"), ["stale"], "and the second one adds nothing");
});

test("Core reassigns the nodes of a trainer that says goodbye at once", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.joins("b");
  scene.gives("a", "0-4");
  scene.updates();
  assert.deepEqual(scene.leaves("b"), ["event left", "assign a 2-4", "reissue goodbye"]);
});

test("Core waits when no trainers are left, and resumes when one joins", () => {
  const scene = new Scene();
  scene.joins("a");
  assert.deepEqual(scene.leaves("a"), ["event left", "event waiting trainers"]);
  assert.deepEqual(scene.pass(5000), []);
  assert.deepEqual(scene.joins("b"), ["event joined", "reissue joined", "admit at 1: 0-4"]);
  assert.deepEqual(scene.gives("b", "0-4"), ["accepted", "add 0-4"]);
});

test("Core resends an assignment that a heartbeat shows to be lost", () => {
  const scene = new Scene();
  scene.joins("a");
  assert.deepEqual(scene.beats("a", []), [], "not at once: it may be on its way");
  scene.now += 500;
  assert.deepEqual(scene.beats("a", []), ["assign a 0-4", "reissue repair"]);
});

test("Core gives the nodes of a trainer that computes nothing to others, and names it", () => {
  const scene = new Scene({ leaves: 4 });
  for (const trainer of ["a", "b"]) scene.joins(trainer);
  scene.gives("a", "0-4");
  scene.updates();
  scene.gives("a", "0-2");
  // Trainer b sends heartbeats that name no node.
  const seen: string[] = [];
  for (let beat = 0; beat < 8; beat++) {
    scene.now += 250;
    seen.push(...scene.beats("a"), ...scene.beats("b", []));
  }
  assert.deepEqual(seen.slice(0, 6), [
    ...["assign b 2-4", "reissue repair"],
    ...["assign b 2-4", "reissue repair", "assign a 2-4", "reissue duplicate"],
  ]);
  assert.ok(
    seen.some((line) => line.startsWith("event waiting trainers that compute: b on m-b sent")),
    seen.join(),
  );
  assert.deepEqual(scene.gives("a", "2-4"), ["accepted", "add 0-2 2-4"]);
  assert.deepEqual(scene.updates(), ["broadcast 3: a 0-4; b 0-4"], "the next step does not wait for it");
});

test("Core no longer names a trainer that computes after all, or that has left", () => {
  const scene = new Scene();
  scene.joins("a");
  const beat = (nodes?: []) => {
    scene.now += 500;
    return scene.beats("a", nodes);
  };
  const named = "event waiting trainers that compute: a on m-a sent heartbeats but no result";
  beat([]);
  assert.deepEqual(beat([]), ["assign a 0-4", "reissue repair", named]);
  assert.deepEqual(beat(), [], "it has begun");
  assert.equal(scene.core.waitsFor, undefined);
  beat([]);
  beat([]);
  scene.joins("b");
  scene.leaves("a");
  assert.equal(scene.core.waitsFor, undefined, "only b is there");
});

test("Core does not blame a node for trainers that die together", () => {
  const scene = new Scene({ leaves: 1 });
  for (const trainer of ["a", "b", "c", "d"]) scene.joins(trainer);
  assert.deepEqual(scene.pass(1500, ["d"]), [
    ...["event lost", "assign d 0-1", "reissue lost-trainer"],
    ...["event lost", "event lost"],
  ]);
});

test("Core restores a trainer that was silent for a while", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.joins("b");
  scene.pass(1100, ["a"]);
  assert.deepEqual(scene.beats("b"), ["event returned"]);
});

test("Core lets an idle trainer duplicate a node that takes long", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.now += 40;
  scene.joins("b");
  scene.gives("a", "0-4");
  scene.updates();
  scene.now += 20;
  scene.gives("a", "0-2");
  assert.deepEqual(scene.pass(200, ["a", "b"]), ["assign a 2-4", "reissue duplicate"]);
  assert.deepEqual(scene.gives("a", "2-4"), ["accepted", "add 0-2 2-4"]);
  assert.deepEqual(scene.gives("b", "2-4"), ["stale"]);
});

test("Core stops waiting for a trainer whose node was duplicated until its next result arrives", () => {
  const scene = new Scene();
  for (const trainer of ["a", "b", "c"]) scene.joins(trainer);
  scene.gives("a", "0-4");
  scene.updates();
  scene.gives("a", "0-1");
  scene.gives("b", "1-2");
  assert.deepEqual(scene.pass(60), ["assign a 2-4", "reissue duplicate"], "c is late");
  scene.gives("a", "2-4");
  assert.deepEqual(scene.updates(), ["broadcast 3: a 0-2; b 2-4; c 0-2"], "c gets a copy");
  scene.gives("a", "0-2");
  assert.deepEqual(scene.gives("b", "2-4"), ["accepted", "add 0-2 2-4"], "nobody waits for it");
  assert.deepEqual(scene.gives("c", "0-2"), ["stale"]);
  assert.deepEqual(scene.updates(), ["broadcast 4: a 0-1; b 1-2; c 2-4"], "it is relied on again");
});

test("Core requires ever more results in the usual time before it waits for a straggler again", () => {
  const scene = new Scene({ steps: 1000, checkpointEvery: 1000, evaluateEvery: 1000 });
  for (const trainer of ["a", "b", "c"]) scene.joins(trainer);
  scene.gives("a", "0-4");
  scene.updates();
  /**
   * For each round, how many steps did not wait for trainer c after it was late. In each of them c computes a copy, and
   * every third copy is late.
   */
  const waits: number[] = [];
  for (let round = 0; round < 4; round++) {
    scene.gives("a", "0-1");
    scene.gives("b", "1-2");
    scene.pass(60);
    scene.gives("a", "2-4");
    scene.updates();
    let steps = 0;
    for (let copies = 0; scene.core.present.find(({ id }) => id === "c")!.nodes.length === 0; copies++) {
      scene.gives("a", "0-2");
      scene.gives("b", "2-4");
      if (copies % 3 === 2) scene.now += 30;
      scene.gives("c", "0-2");
      scene.updates();
      steps++;
    }
    waits.push(steps);
  }
  assert.deepEqual(waits, [1, 2, 5, 11]);
});

test("Core waits for a doubted trainer if there is no other", () => {
  const scene = new Scene();
  for (const trainer of ["a", "b"]) scene.joins(trainer);
  scene.gives("a", "0-4");
  scene.updates();
  scene.gives("a", "0-2");
  scene.pass(60);
  scene.gives("a", "2-4");
  scene.updates();
  scene.leaves("a");
  assert.deepEqual(scene.gives("b", "0-4"), ["accepted", "add 0-4"]);
  assert.deepEqual(scene.updates(), ["broadcast 4: b 0-4"]);
});

test("Core reissues a node at its deadline, and doubles the deadline", () => {
  const scene = new Scene();
  scene.joins("a");
  const lines = scene.pass(121_000, ["a"]);
  assert.deepEqual(lines, ["assign a 0-4", "reissue deadline"]);
});

const suspected = ["doubt before 2: suspects b,a", "event waiting the evaluator to write a doubt down"];

test("Core goes back before a step of which two results differ late, and audits both trainers from then on", () => {
  const scene = doubled();
  assert.deepEqual(scene.gives("b", "2-4", { hash: "other" }), ["stale", ...suspected]);
  assert.deepEqual(scene.on({ kind: "doubted" }), ["back before 2"], "once that is written down");
  assert.deepEqual(scene.gives("a", "2-4"), [], "nothing happens after the end");
  const again = new Scene({ step: 1, kept: 1, parametersHash: "p1", suspects: ["a", "b"] });
  for (const trainer of ["a", "b"]) again.joins(trainer);
  assert.deepEqual(again.gives("a", "0-4"), ["accepted", "assign b 0-4 attempt 1 audit", "reissue audit"]);
});

test("Core compares late results with those of steps already taken", () => {
  const scene = doubled();
  scene.updates();
  const late = { step: 2, parametersHash: "p1", batchHashes: ["b1.2", "b1.3"] };
  assert.deepEqual(scene.gives("b", "2-4", late), ["stale"]);
  assert.deepEqual(scene.gives("b", "2-4", { ...late, hash: "x" }), ["stale", ...suspected]);
});

test("Core audits a step before it is taken if two trainers used different batches", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.joins("b");
  scene.gives("b", "0-2");
  const other = { batchHashes: ["b0.0", "other", "b0.2", "b0.3"], hash: "g other" };
  assert.deepEqual(scene.gives("a", "0-4", other), [
    ...["accepted", "assign b 0-4 attempt 1 audit", "reissue audit"],
  ]);
  const [first, reason] = scene.gives("b", "0-4", { attempt: 1 });
  assert.equal(first, "audit");
  assert.equal(reason, "event disputed");
});

/** Trainers a, b and c, of which a has computed all of step 1, which is audited. */
function audited(options: Partial<CoreOptions> = {}): Scene {
  const scene = new Scene({ audit: 1, ...options });
  for (const trainer of ["a", "b", "c"]) scene.joins(trainer);
  const given = scene.gives("a", "0-4");
  assert.deepEqual(given, ["accepted", "assign b 0-4 attempt 1 audit", "reissue audit"]);
  return scene;
}

test("Core takes an audited step once another trainer has computed the same", () => {
  const scene = audited();
  assert.deepEqual(scene.gives("b", "0-4"), ["duplicate"], "its result of the step itself is no audit");
  assert.deepEqual(scene.gives("b", "0-4", { attempt: 1 }), ["audit", "add 0-4 audited"]);
  scene.updates();
  assert.equal(scene.core.audited, 1);
});

test("Core audits steps by chance, never for a trainer that is alone, and the last one always", () => {
  const draws = [0.5, 0.009];
  const scene = new Scene({ audit: 0.01, steps: 4, chance: () => draws.shift() ?? 1 });
  scene.joins("a");
  scene.steps("a", 1);
  assert.equal(draws.length, 2, "it is alone");
  scene.joins("b");
  assert.deepEqual(scene.gives("a", "0-4"), ["accepted", "add 0-4"]);
  scene.updates();
  scene.gives("a", "0-2");
  assert.deepEqual(scene.gives("b", "2-4"), [
    ...["accepted", "assign b 0-2 attempt 1 audit", "reissue audit"],
    ...["assign a 2-4 attempt 1 audit", "reissue audit"],
  ]);
  scene.gives("a", "2-4", { attempt: 1 });
  scene.gives("b", "0-2", { attempt: 1 });
  scene.updates();
  scene.gives("a", "0-2");
  assert.ok(scene.gives("b", "2-4").includes("reissue audit"), "the last step");
});

test("Core gives an audit to another machine, and again to others when a trainer leaves", () => {
  const scene = new Scene({ audit: 1 });
  scene.joins("a", "f", "b", "near");
  scene.joins("b", "f", "b", "near");
  scene.joins("c");
  const [, given] = scene.gives("a", "0-4");
  assert.equal(given, "assign c 0-4 attempt 1 audit");
  assert.deepEqual(scene.leaves("c"), ["event left", "assign b 0-4 attempt 1 audit", "reissue goodbye"]);
  assert.deepEqual(scene.leaves("b"), ["event left", "add 0-4"], "nobody is left who could");
});

test("Core asks a third trainer when an audit differs, excludes the odd one and continues with the right result", () => {
  const scene = audited();
  assert.deepEqual(scene.gives("b", "0-4", { attempt: 1, hash: "right" }), [
    ...["audit", "event disputed", "assign c 0-4 attempt 1 audit", "reissue audit"],
  ]);
  assert.deepEqual(scene.gives("c", "0-4", { attempt: 1, hash: "right" }), [
    ...["audit", "event quarantined", "doubt before null: trainer a and m-a"],
    "event waiting the evaluator to write a doubt down",
  ]);
  assert.deepEqual(scene.gives("a", "0-4"), ["rejected"]);
  assert.deepEqual(scene.on({ kind: "doubted" }), ["add 0-4 audited"], "no step was wrong");
  assert.deepEqual(scene.updates(), ["broadcast 2: b 0-2; c 2-4"]);
  assert.deepEqual(scene.joins("a"), ["refuse QUARANTINED", "event refused"]);
  assert.deepEqual(scene.joins("d", "f", "b", "m-a"), ["refuse QUARANTINED", "event refused"], "its machine");
});

test("Core blames no machine from which the right result came too", () => {
  const scene = new Scene({ audit: 1 });
  for (const trainer of ["a", "b", "c"]) scene.joins(trainer, "f", "b", "box");
  scene.gives("a", "0-4", { machine: "another, as it says" });
  scene.gives("b", "0-4", { attempt: 1, hash: "lie" });
  const [, , doubt] = scene.gives("c", "0-4", { attempt: 1 });
  assert.equal(doubt, "doubt before null: trainer b");
});

test("Core goes back before the first step that the liar took part in since its last audit", () => {
  const draws = [0, 0.5, 0.5, 0];
  const scene = new Scene({ audit: 0.1, chance: () => draws.shift()! });
  for (const trainer of ["a", "b", "c"]) scene.joins(trainer);
  scene.gives("a", "0-4");
  scene.gives("b", "0-4", { attempt: 1 });
  for (let step = 2; step <= 3; step++) {
    scene.updates();
    for (const [trainer, node] of [
      ["a", "0-1"],
      ["b", "1-2"],
      ["c", "2-4"],
    ] as const)
      scene.gives(trainer, node);
  }
  scene.updates();
  scene.gives("a", "0-1", { hash: "lie" });
  scene.gives("b", "1-2");
  scene.gives("c", "2-4");
  scene.gives("b", "0-1", { attempt: 1 });
  scene.gives("c", "1-2", { attempt: 1 });
  scene.gives("a", "2-4", { attempt: 1 });
  assert.ok(scene.gives("c", "0-1", { attempt: 1 }).includes("doubt before 2: trainer a and m-a"));
  assert.deepEqual(scene.on({ kind: "doubted" }), ["back before 2"]);
});

test("Core goes back to the last audit of an earlier epoch if the liar was not audited in this one", () => {
  const scene = audited({ step: 7, kept: 7, audited: 4, parametersHash: "p7" });
  scene.gives("b", "0-4", { attempt: 1, hash: "right" });
  const lines = scene.gives("c", "0-4", { attempt: 1, hash: "right" });
  assert.ok(lines.includes("doubt before 5: trainer a and m-a"), lines.join());
});

test("Core lets its own engine decide between trainers, and audit one that is alone", () => {
  const scene = audited({ arbiter: true });
  const asked = scene.gives("b", "0-4", { attempt: 1, hash: "lie" });
  assert.deepEqual(asked, ["audit", "event disputed", "judge 0-4"], "though c could be asked");
  const judged = scene.judges("0-4");
  assert.ok(judged.includes("doubt before null: trainer b and m-b"), judged.join());

  const alone = new Scene({ audit: 1, arbiter: true });
  alone.joins("a");
  assert.deepEqual(alone.gives("a", "0-4"), ["accepted", "judge 0-4"]);
  assert.deepEqual(alone.judges("0-4"), ["audit", "add 0-4 audited"]);
  alone.updates();
  assert.deepEqual(alone.gives("a", "0-4", { hash: "lie" }), ["accepted", "judge 0-4"]);
  const found = alone.judges("0-4");
  assert.ok(found.includes("doubt before null: trainer a and m-a"), found.join());
  assert.deepEqual(alone.on({ kind: "doubted" }), ["add 0-4 audited"], "its own result counts");
  alone.updates();
  alone.joins("b");
  alone.gives("b", "0-4");
  assert.ok(alone.on({ kind: "judged", step: 3, node: { lo: 0, hi: 4 }, result: null }).includes("add 0-4"));
});

test("Core fails a run in which two trainers differ and nobody else can decide", () => {
  const scene = new Scene({ audit: 1 });
  for (const trainer of ["a", "b"]) scene.joins(trainer);
  scene.gives("a", "0-4");
  const [, , end] = scene.gives("b", "0-4", { attempt: 1, hash: "other" });
  assert.match(end!, /^doubt from 1, failed at 0: Two results differ/);
});

test("Core tells a loss that differs from a gradient that does, and a wrong data-env from a wrong trainer", () => {
  const blamed = (lie: Partial<Result>) => {
    const scene = new Scene({ audit: 1 });
    for (const trainer of ["a", "b", "c"]) scene.joins(trainer);
    scene.gives("a", "0-4", { hash: "g:1", ...lie });
    for (const trainer of ["b", "c"]) scene.gives(trainer, "0-4", { hash: "g:1", attempt: 1 });
    return scene.core.excluded.map(({ role, id, why }) => `${role} ${id}: ${why}`).join();
  };
  assert.equal(
    blamed({ hash: "g:2" }),
    "trainer a: step 1, node 0-4: trainer a on m-a gave another loss than b and c",
  );
  assert.match(blamed({ hash: "h:1" }), /trainer a on m-a gave another gradient than b and c$/);
  assert.match(blamed({ nonFinite: [1] }), /trainer a on m-a said otherwise whether it is finite/);
  const batchHashes = ["b0.0", "b0.1", "spoilt", "b0.3"];
  const wrong = { hash: "h:1", batchHashes };
  assert.match(blamed(wrong), /^trainer a: .* used another batch for micro-batch 2 than b and c$/);
  assert.equal(
    blamed({ ...wrong, madeBy: [null, null, "d1", null] }),
    "data-env d1: step 1, node 0-4: it gave trainer a another batch for micro-batch 2 than is right",
  );
});

test("Core audits a step with a result that is not finite though its trainer says so", () => {
  const scene = new Scene();
  for (const trainer of ["a", "b", "c"]) scene.joins(trainer);
  assert.deepEqual(scene.gives("a", "0-4", { implausible: true, hash: "NaN" }), [
    ...["accepted", "assign b 0-4 attempt 1 audit", "reissue audit"],
  ]);
  const alone = new Scene();
  alone.joins("a");
  assert.deepEqual(alone.gives("a", "0-4", { implausible: true }), ["accepted", "add 0-4"]);
});

test("Core drops results for other parameters, from unknown trainers, and for invalid nodes", () => {
  const scene = new Scene();
  scene.joins("a");
  assert.deepEqual(scene.gives("a", "0-4", { parametersHash: "other" }), ["rejected"]);
  assert.deepEqual(scene.gives("stranger", "0-4"), ["forged result"], "it has not joined");
  assert.deepEqual(scene.gives("a", "1-3"), ["rejected"]);
  assert.deepEqual(scene.gives("a", "0-4", { batchHashes: ["b0.0"] }), ["rejected"]);
  assert.deepEqual(scene.gives("a", "0-4"), ["accepted", "add 0-4"]);
});

test("Core ignores messages in a trainer's name that lack its secret", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.joins("b");
  const secret = "guessed";
  const join = { kind: "join", token: 9, trainer: "b", secret, machine: "m" } as const;
  const asked = scene.on({ ...join, fingerprints: ["f", "f"], batch: "b" });
  assert.deepEqual(asked, ["refuse IDENTITY"]);
  const goodbye = { kind: "goodbye", trainer: "b", secret, unable: null } as const;
  assert.deepEqual(scene.on(goodbye), ["forged goodbye"]);
  const heartbeat = { kind: "heartbeat", trainer: "b", secret, step: 1, nodes: [] } as const;
  assert.deepEqual(scene.on(heartbeat), ["forged heartbeat"]);
  assert.deepEqual(scene.gives("b", "0-2", { hash: "a lie" }, secret), ["forged result"]);
  assert.deepEqual(scene.gives("b", "0-2"), ["accepted"], "b itself is still believed");
  scene.on({ kind: "goodbye", trainer: "c", secret, unable: null });
  assert.deepEqual(scene.joins("c").at(-1), "admit at 1: 2-4", "a goodbye takes nobody's id");
});

test("Core counts a repeated message once", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.joins("b");
  scene.gives("b", "0-2");
  assert.deepEqual(scene.gives("b", "0-2"), ["duplicate"]);
});

test("Core believes a non-finite result when a second trainer agrees", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.joins("b");
  scene.gives("a", "0-4");
  scene.updates();
  assert.deepEqual(scene.gives("a", "0-2", { nonFinite: [1], hash: "nan1" }), [
    "not-finite",
    "event not-finite",
    "assign b 0-2",
    "reissue not-finite",
  ]);
  assert.deepEqual(
    scene.gives("a", "0-2", { nonFinite: [1], hash: "nan1" }),
    ["duplicate"],
    "a repeated message",
  );
  assert.deepEqual(scene.gives("b", "0-2", { nonFinite: [1], hash: "nan2" }), ["accepted"]);
  assert.deepEqual(scene.gives("b", "2-4"), ["accepted", "add 0-2 2-4", "event skipped"]);
  assert.deepEqual(scene.updates(null), ["broadcast 3: a 0-2; b 2-4"], "that step makes no update");
});

test("Core asks a lone trainer twice for a non-finite result", () => {
  const scene = new Scene();
  scene.joins("a");
  assert.deepEqual(scene.gives("a", "0-4", { nonFinite: [2] }), [
    "not-finite",
    "event not-finite",
    "assign a 0-4 attempt 1",
    "reissue not-finite",
  ]);
  assert.deepEqual(scene.gives("a", "0-4", { nonFinite: [2], attempt: 1 }), [
    "accepted",
    "add 0-4",
    "event skipped",
  ]);
});

test("Core ends the run at a non-finite result if configured to", () => {
  const scene = new Scene({ nonFinite: "fail" });
  scene.joins("a");
  scene.gives("a", "0-4", { nonFinite: [2] });
  assert.deepEqual(scene.gives("a", "0-4", { nonFinite: [2], attempt: 1 }), [
    "accepted",
    "failed at 0: Step 1 is not finite in micro-batches 2",
  ]);
});

test("Core reports a node that has killed three trainers, and retries it on one trainer alone", () => {
  const scene = new Scene({ leaves: 1 });
  for (const trainer of ["a", "b", "c", "d"]) scene.joins(trainer);
  assert.deepEqual(scene.pass(1100, ["b", "c", "d"]), ["event lost", "assign b 0-1", "reissue lost-trainer"]);
  assert.deepEqual(scene.pass(1100, ["c", "d"]), ["event lost", "assign c 0-1", "reissue lost-trainer"]);
  assert.deepEqual(scene.pass(1100, ["d"]), ["event lost", "event poisoned"]);
  assert.deepEqual(scene.pass(800, ["d"]), [], "after a second");
  assert.deepEqual(scene.pass(400, ["d"]), ["assign d 0-1", "reissue lost-trainer"]);
});

test("Core takes its own probe's fingerprint, whatever trainers say", () => {
  const scene = new Scene({ fingerprint: null, arbiter: true });
  assert.deepEqual(scene.joins("a", "bogus"), ["refuse NOT_YET", "probe"]);
  assert.deepEqual(
    scene.joins("b", "bogus").filter((line) => line.startsWith("fix")),
    [],
  );
  assert.deepEqual(scene.on({ kind: "probed", probe: { fingerprint: "f", batch: "b" } }), ["fix f"]);
  scene.on({ kind: "fixed", fingerprint: "f" });
  assert.deepEqual(scene.joins("a", "bogus"), ["refuse FINGERPRINT", "event refused"]);
  const unable = new Scene({ fingerprint: null, arbiter: true });
  for (const trainer of ["a", "b"]) unable.joins(trainer);
  assert.deepEqual(unable.on({ kind: "probed", probe: null }), ["fix f"], "without it, two trainers decide");
});

test("Core fixes the fingerprint when two trainers agree", () => {
  const scene = new Scene({ fingerprint: null });
  assert.deepEqual(scene.joins("a"), ["refuse NOT_YET", "event waiting trainers"]);
  assert.deepEqual(scene.joins("b"), ["refuse NOT_YET", "fix f"]);
  assert.deepEqual(scene.on({ kind: "fixed", fingerprint: "f" }), ["event fingerprint"]);
  assert.deepEqual(scene.joins("a"), ["event joined", "admit at 1:", "broadcast 1: a 0-4"]);
});

test("Core fixes a lone trainer's fingerprint after a while, since the trainer computed it twice", () => {
  const scene = new Scene({ fingerprint: null });
  scene.joins("a");
  assert.deepEqual(scene.pass(480), []);
  assert.deepEqual(scene.pass(40), ["fix f"]);
});

test("Core waits if trainers disagree on the fingerprint, and names them", () => {
  const scene = new Scene({ fingerprint: null });
  scene.joins("a", "f1");
  assert.match(
    scene.joins("b", "f2").join(),
    /event waiting trainers that agree .*a on m-a: f1, b on m-b: f2/,
  );
  assert.deepEqual(scene.pass(2000), []);
  assert.deepEqual(scene.joins("c", "f2"), ["refuse NOT_YET", "fix f2"]);
});

test("Core refuses a trainer with another fingerprint by name", () => {
  const scene = new Scene();
  scene.joins("a");
  assert.deepEqual(scene.joins("b", "other"), ["refuse FINGERPRINT", "event refused"]);
});

test("Core refuses a trainer whose two probes differ", () => {
  const scene = new Scene();
  const fingerprints = ["f", "g"] as const;
  assert.deepEqual(
    scene.on({ kind: "join", token: 1, trainer: "a", secret: "s", machine: "m", fingerprints, batch: "b" }),
    ["refuse NOT_DETERMINISTIC", "event waiting trainers"],
  );
});

test("Core blames a user's own task if the probes' batches differ, but not if only the engines' results do", () => {
  const refusal = (scene: Scene, batch: string): string => {
    const join = {
      kind: "join",
      token: 9,
      trainer: "b",
      secret: "secret of b",
      machine: "m-b",
      fingerprints: ["g", "g"],
      batch,
    } as const;
    const [refused] = scene.core.handle(join, scene.now);
    assert.ok(refused?.kind === "refuse");
    return refused.message;
  };
  const engines = /^Trainer b on m-b computes other bits: its fingerprint must be f, got g$/;
  const tasks =
    /^task parity gives different sequences for the same draws; .* alone: Trainer b on m-b computes/;
  const own = new Scene({ ownTask: "parity" });
  assert.match(refusal(own, "c"), engines, "nobody knows the right batch yet");
  own.joins("a");
  assert.match(refusal(own, "b"), engines);
  assert.match(refusal(own, "c"), tasks);
  const ours = new Scene();
  ours.joins("a");
  assert.match(refusal(ours, "c"), engines);

  const scene = new Scene({ fingerprint: null, ownTask: "parity" });
  scene.joins("a", "f", "b");
  assert.match(
    scene.joins("b", "g", "c").join(),
    /waiting trainers that agree on the fingerprint \(task parity gives different sequences .* alone: a on m-a: f, b/,
  );
});

test("Core blames a user's own task if two trainers have different batches", () => {
  const scene = doubled({ ownTask: "parity" });
  const [line] = scene.gives("b", "2-4", { batchHashes: ["b1.2", "x"] });
  assert.match(
    line!,
    /^doubt from 2, failed at 1: task parity gives different sequences .* alone: step 2, micro-batch 3: trainer a used/,
  );
});

const fault = { why: "Cannot use task parity: sequence() threw", task: true };
const lacks = { why: "Cannot load task parity: there is no file", task: false };

test("Core fails a run whose task no trainer can load, after giving other trainers time to try", () => {
  for (const fingerprint of [null, "f"]) {
    const scene = new Scene({ fingerprint, ownTask: "parity" });
    const waiting = `event waiting trainers that can serve it: ${fault.why}`;
    assert.deepEqual(scene.leaves("a", fault), [waiting]);
    assert.deepEqual(scene.pass(2500), []);
    assert.deepEqual(scene.leaves("b", fault), []);
    assert.deepEqual(scene.pass(600), [`failed at 0: ${fault.why}`]);
  }
});

test("Core fails a run whose task fails midway, once its last trainer has reported the fault", () => {
  const scene = new Scene({ ownTask: "parity" });
  scene.joins("a");
  scene.joins("b");
  scene.leaves("a");
  scene.leaves("a", fault);
  assert.deepEqual(scene.pass(5000, ["b"]), []);
  scene.leaves("b");
  scene.leaves("b", fault);
  assert.deepEqual(scene.pass(100), [`failed at 0: ${fault.why}`]);
});

test("Core does not believe that a task of memnet's own fails", () => {
  const scene = new Scene();
  scene.leaves("a", fault);
  assert.deepEqual(scene.pass(5000), []);
});

test("Core waits if a trainer lacks the task, and says why", () => {
  const scene = new Scene();
  assert.deepEqual(scene.leaves("a", lacks), [`event waiting trainers that can serve it: ${lacks.why}`]);
  assert.deepEqual(scene.pass(60_000), []);
  assert.deepEqual(scene.joins("b"), ["event joined", "admit at 1:", "broadcast 1: b 0-4"]);
  assert.equal(scene.core.waitsFor, undefined);
});

test("Core waits for a trainer that left if only another trainer reported the task's fault", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.leaves("b", fault);
  scene.gives("a", "0-4");
  scene.updates();
  scene.leaves("a");
  assert.deepEqual(scene.pass(60_000), []);
});

test("Core admits another fingerprint to a relaxed run, and compares no results", () => {
  const scene = new Scene({ relaxed: true });
  scene.joins("a");
  assert.deepEqual(scene.joins("b", "other"), ["event joined", "reissue joined", "admit at 1: 0-2"]);
  assert.deepEqual(doubled({ relaxed: true }).gives("b", "2-4", { hash: "differs" }), ["stale"]);
});

test("Core snapshots at checkpoints and evaluations, and pauses two snapshots past the last acknowledged", () => {
  const scene = new Scene({ checkpointEvery: 2, evaluateEvery: 3 });
  scene.joins("a");
  const lines = scene.steps("a", 3).filter((line) => /snapshot|waiting/.test(line));
  assert.deepEqual(lines, ["snapshot 2", "snapshot 3", "event waiting the evaluator to keep a snapshot"]);
  assert.equal(scene.core.step, 3);
  assert.deepEqual(scene.on({ kind: "acknowledged", step: 2 }), ["broadcast 4: a 0-4"]);
});

test("Core ends when the last snapshot is acknowledged and all due evaluations are done", () => {
  const scene = new Scene({ steps: 2 });
  scene.joins("a");
  scene.steps("a", 1);
  assert.deepEqual(scene.steps("a", 1), [
    "accepted",
    "add 0-4",
    "snapshot 2",
    "event waiting the evaluator to keep a snapshot",
  ]);
  assert.deepEqual(scene.on({ kind: "acknowledged", step: 2 }), ["event waiting evaluations"]);
  assert.deepEqual(scene.on({ kind: "progress", kept: 2, pending: [2], satisfied: null, failure: null }), []);
  assert.deepEqual(scene.on({ kind: "progress", kept: 2, pending: [], satisfied: null, failure: null }), [
    "ended at 2",
  ]);
});

test("Core fails a run in which no step made an update", () => {
  const end = (losses: readonly (number | null)[], options: Partial<CoreOptions> = {}) => {
    const scene = new Scene({ steps: 3, ...options });
    scene.joins("a");
    for (const loss of losses) {
      scene.gives("a", "0-4");
      scene.updates(loss);
    }
    scene.on({ kind: "acknowledged", step: 3 });
    return [
      scene.core.skipped,
      ...scene.on({ kind: "progress", kept: 3, pending: [], satisfied: null, failure: null }),
    ];
  };
  assert.deepEqual(end([null, 1, null]), [2, "ended at 3"]);
  const [skipped, failed] = end([null, null, null]);
  assert.equal(skipped, 3);
  assert.match(
    String(failed),
    /^failed at 3: no step made an update, .* try a smaller optimizer\.learningRate/,
  );
  // Steps taken before the run was opened count too.
  assert.match(String(end([null], { step: 2, kept: 2, skipped: 2 })[1]), /^failed at 3/);
  assert.deepEqual(end([null], { step: 2, kept: 2, skipped: 1 }), [2, "ended at 3"]);
});

test("Core with --until ends at the measured step, even if the run has since moved past it", () => {
  const scene = new Scene({ until: true, evaluateEvery: 2, checkpointEvery: 100 });
  scene.joins("a");
  scene.steps("a", 3);
  scene.on({ kind: "acknowledged", step: 2 });
  scene.on({ kind: "progress", kept: 2, pending: [], satisfied: 2, failure: null });
  scene.gives("a", "0-4");
  assert.deepEqual(scene.updates(), ["snapshot 4", "ended at 2: the condition of --until holds"]);
});

test("Core with --until runs at most two evaluations past the last measured one", () => {
  const scene = new Scene({ until: true, evaluateEvery: 2, checkpointEvery: 100 });
  scene.joins("a");
  scene.steps("a", 2);
  scene.on({ kind: "acknowledged", step: 2 });
  assert.ok(scene.steps("a", 2).includes("event waiting evaluations"));
  assert.deepEqual(scene.on({ kind: "acknowledged", step: 4 }), []);
  assert.deepEqual(scene.on({ kind: "progress", kept: 4, pending: [4], satisfied: null, failure: null }), [
    "broadcast 5: a 0-4",
  ]);
});

test("Core on stop snapshots the current step, then stops", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.steps("a", 3);
  assert.deepEqual(scene.on({ kind: "stop" }), [
    "snapshot 3",
    "event waiting the evaluator to keep a snapshot",
  ]);
  assert.deepEqual(
    scene.gives("a", "0-4").slice(0, 1),
    ["accepted"],
    "a step under way is not lost, but not taken",
  );
});

test("Core on stop while a step is being taken snapshots that step", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.gives("a", "0-4");
  assert.deepEqual(scene.on({ kind: "stop" }), []);
  assert.deepEqual(scene.updates(), ["snapshot 1", "event waiting the evaluator to keep a snapshot"]);
  assert.deepEqual(scene.on({ kind: "acknowledged", step: 1 }), ["stopped at 1"]);
});

test("Core that was asleep does not count trainers as lost", () => {
  const scene = new Scene();
  scene.joins("a");
  scene.pass(100, ["a"]);
  scene.now += 60_000;
  assert.deepEqual(scene.on({ kind: "tick" }), ["event slept"]);
  assert.deepEqual(scene.pass(500), []);
});

test("Core produces the same effects for the same events", () => {
  const play = () => {
    const scene = new Scene({ checkpointEvery: 3 });
    return [
      scene.joins("a"),
      scene.steps("a", 4),
      scene.joins("b"),
      scene.pass(1500, ["b"]),
      scene.joins("c"),
    ].flat();
  };
  assert.deepEqual(play(), play());
});
