import assert from "node:assert/strict";
import { test } from "node:test";
import { instantiate, newMemory, setGlobals } from "./module.ts";
import { wasmPlan } from "./plan.ts";
import { dnc } from "./testing.ts";

const module = await instantiate(newMemory(1));
const { layout } = wasmPlan(dnc(), { times: 1, keptTimes: 1, sequences: 1 });

test("setGlobals() refuses to leave a global of the module unset", () => {
  const { slots, ...others } = layout;
  assert.throws(() => setGlobals(module, others), /: the layout lacks slots;/);
});

test("setGlobals() refuses a name of which the module has no global", () => {
  for (const name of ["unknown", "gradient"]) {
    assert.throws(() => setGlobals(module, { ...layout, [name]: 1 }), {
      message: `Cannot lay out the wasm module: the module lacks ${name}; run \`npm run build:wasm\``,
    });
  }
});
