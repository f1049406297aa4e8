import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluatedMax, type Kept, thinned } from "./retention.ts";

const plain: Kept = { checkpoints: [], newest: 1, pending: [], measured: new Set(), every: 10, best: [] };

test("thinned() keeps step 0, the newest, the pending, the best and the measured", () => {
  const going = thinned({
    ...plain,
    checkpoints: [40, 0, 5, 10, 15, 20, 25, 30, 35, 45],
    newest: 2,
    pending: [30],
    measured: new Set([10, 20]),
    best: [25],
  });
  assert.deepEqual(going, [5, 15, 35]);
});

test("thinned() drops a measured last step that is not a multiple, once others follow", () => {
  assert.deepEqual(thinned({ ...plain, checkpoints: [10, 17, 20], measured: new Set([10, 17, 20]) }), [17]);
});

test("thinned() keeps a bounded number of measured steps, evenly spaced, whatever the run's length", () => {
  let kept: number[] = [0];
  const measured = new Set<number>();
  for (let step = 10; step <= 10_000; step += 10) {
    kept.push(step);
    measured.add(step);
    const going = new Set(thinned({ ...plain, checkpoints: kept, measured }));
    kept = kept.filter((one) => !going.has(one));
    // Step 0 and the newest are kept in addition.
    assert.ok(kept.length <= evaluatedMax + 2, `${kept.length} at step ${step}`);
    assert.ok(kept.length >= Math.min(step / 10, evaluatedMax / 2), `${kept.length} at step ${step}`);
  }
  const gaps = kept.slice(1, -1).map((step, at) => step - kept[at]!);
  assert.deepEqual([...new Set(gaps)], [320]);
});
