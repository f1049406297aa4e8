import assert from "node:assert/strict";
import { test } from "node:test";
import { architecture, architectureText } from "./architecture.ts";
import { modelConfig } from "./config/model.ts";
import { parameterCount } from "./parameters.ts";

const ntm = modelConfig.parse({
  model: "ntm",
  input: 10,
  output: 8,
  hidden: 100,
  slots: 128,
  width: 20,
  reads: 1,
  writes: 1,
});
const dnc = modelConfig.parse({
  model: "dnc",
  input: 6,
  output: 5,
  hidden: 64,
  slots: 16,
  width: 16,
  reads: 4,
  writes: 1,
});

test("architecture() names the original's parts in order", () => {
  assert.deepEqual(
    architecture(dnc).map(({ part }) => part),
    ["controller", "interface", "write heads × 1", "read heads × 4", "memory", "output"],
  );
});

test("architecture() counts every parameter once", () => {
  for (const model of [ntm, dnc]) {
    const sum = architecture(model).reduce((total, { parameters }) => total + parameters, 0);
    assert.equal(sum, parameterCount(model));
  }
});

test("architectureText() shows a feed-forward controller, an LSTM alone and a DNC's variants", () => {
  const feedforward = architectureText(modelConfig.parse({ ...ntm, controller: "feedforward" }));
  assert.match(feedforward, /controller +feed-forward: input 10 \+ reads 20 → hidden 100 +3,100\n/);
  const lstm = modelConfig.parse({ model: "lstm", input: 10, output: 8, hidden: 100 });
  assert.equal(
    architectureText(lstm),
    [
      "  controller      LSTM: input 10 + hidden 100 → hidden 100               44,400",
      "  output          linear: hidden 100 → 8                                    808",
      "  total                                                                  45,208",
    ].join("\n"),
  );
  const masked = architectureText(modelConfig.parse({ ...dnc, masked: true, sharpen: true }));
  assert.match(
    masked,
    /read heads × 4 +key 16, mask 16, strength, freeGate, mode 3, sharpenBackward,\n {18}sharpenForward\n/,
  );
  assert.match(masked, /DNC: 16 slots × width 16, masked, sharpen\n/);
});

test("architectureText() shows shapes, counts and the total", () => {
  assert.equal(
    architectureText(ntm),
    [
      "  controller      LSTM: input 10 + reads 20 + hidden 100 → hidden 100    52,400",
      "  interface       linear: hidden 100 → 92                                 9,292",
      "  write heads × 1 key 20, strength, gate, shift 3, sharpen, erase 20, add 20",
      "  read heads × 1  key 20, strength, gate, shift 3, sharpen",
      "  memory          NTM: 128 slots × width 20",
      "  output          linear: hidden 100 + reads 20 → 8                         968",
      "  total                                                                  62,660",
    ].join("\n"),
  );
  assert.match(architectureText(dnc), /mode 3/);
  assert.match(architectureText(dnc), /43,980$/);
});
