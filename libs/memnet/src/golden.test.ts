import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createTfjsEngine } from "./engines/tfjs/engine.ts";
import { checkGolden, goldenModel } from "./golden.ts";
import { decodeSafetensors, type Safetensors } from "./safetensors.ts";

const file = decodeSafetensors(readFileSync(new URL("../golden/dnc-small.safetensors", import.meta.url)));
const engine = await createTfjsEngine("cpu", goldenModel(file));

function changed(
  name: string,
  tensor: Safetensors["tensors"] extends ReadonlyMap<string, infer T> ? T : never,
) {
  return { ...file, tensors: new Map([...file.tensors, [name, tensor]]) };
}

test("checkGolden() passes a right engine with errors of float32's size", async () => {
  const result = await checkGolden(engine, file);
  assert.ok(result.pass);
  for (const error of [result.lossError, result.gradientError, result.memoryError]) assert.ok(error < 1e-6);
});

test("checkGolden() fails an engine whose loss, gradient, memory, logits, counts or numbers are wrong", async () => {
  for (const name of ["loss", "gradients.interface.bias", "final.memory", "logits", "wrong_bits", "exact"]) {
    const { shape, data } = file.tensors.get(name)!;
    const other = Float64Array.from(data, (value) => value * 1.01 + 1e-3);
    assert.equal((await checkGolden(engine, changed(name, { shape, data: other }))).pass, false, name);
  }
  const broken = { ...engine, gradient: async () => Number.NaN };
  assert.equal((await checkGolden(broken, file)).pass, false);
});

test("checkGolden() names a tensor that is missing or has a wrong shape", async () => {
  const tensors = new Map(file.tensors);
  tensors.delete("final.read_weights");
  await assert.rejects(checkGolden(engine, { ...file, tensors }), {
    name: "RangeError",
    message: /must have final\.read_weights/,
  });
  const mask = { shape: [1, 1], data: new Float32Array(1) };
  await assert.rejects(checkGolden(engine, changed("mask", mask)), {
    name: "RangeError",
    message: /mask must be/,
  });
});

test("checkGolden() refuses a file without a model, or for another one", async () => {
  await assert.rejects(checkGolden(engine, { ...file, metadata: {} }), RangeError);
  await assert.rejects(checkGolden(engine, { ...file, metadata: { config: "{" } }), RangeError);
  const config = JSON.stringify({ ...engine.model, slots: 3 });
  await assert.rejects(checkGolden(engine, { ...file, metadata: { config } }), RangeError);
});
