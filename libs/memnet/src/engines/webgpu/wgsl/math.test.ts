import assert from "node:assert/strict";
import { test } from "node:test";
import { skipWithoutGpu } from "../../../testing/software-gpu.ts";
import { bufferUsage, findGpu, mapRead } from "../gpu.ts";
import { math } from "./math.ts";

const options = { skip: await skipWithoutGpu(), timeout: 60_000 };

/** `name` of each number, on the device. */
async function onDevice(name: string, x: Float32Array): Promise<Float32Array> {
  const gpu = await findGpu();
  const device = await gpu.adapter.requestDevice();
  const code = `${math}
@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) { x[id.x] = ${name}(x[id.x]); }`;
  const module = device.createShaderModule({ code });
  const pipeline = await device.createComputePipelineAsync({ layout: "auto", compute: { module } });
  const usage = bufferUsage.storage | bufferUsage.copySource | bufferUsage.copyTarget;
  const buffer = device.createBuffer({ size: x.byteLength, usage });
  device.queue.writeBuffer(buffer, 0, x.slice());
  const answer = device.createBuffer({
    size: x.byteLength,
    usage: bufferUsage.mapRead | bufferUsage.copyTarget,
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [{ binding: 0, resource: { buffer } }];
  pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(x.length / 64);
  pass.end();
  encoder.copyBufferToBuffer(buffer, 0, answer, 0, x.byteLength);
  device.queue.submit([encoder.finish()]);
  await answer.mapAsync(mapRead);
  const y = new Float32Array(answer.getMappedRange().slice(0));
  device.destroy();
  return y;
}

const count = 64 * 256;

/** Evenly from `low` to `high`, or by powers of two from the smallest to the largest, of both signs. */
function numbers(low: number, high: number): Float32Array {
  return Float32Array.from({ length: count }, (_, place) => low + ((high - low) * place) / (count - 1));
}

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

for (const [name, exact, low, high] of [
  ["expOf", Math.exp, -86, 60],
  ["logOf", Math.log, 1e-6, 2],
  ["logOf", Math.log, 1, 1e9],
  ["tanhOf", Math.tanh, -1, 1],
  ["tanhOf", Math.tanh, -40, 40],
  ["logisticOf", (x: number) => 1 / (1 + Math.exp(-x)), -80, 80],
  ["softplusOf", softplus, -80, 80],
] as const) {
  test(`${name}() is right to some units in the last place from ${low} to ${high}`, options, async () => {
    const x = numbers(low, high);
    const y = await onDevice(name, x);
    for (const [place, value] of x.entries()) {
      const wanted = exact(value);
      // Near 1 a logarithm is small, and so is what is lost of it.
      const scale = name === "logOf" ? Math.max(Math.abs(wanted), 0.1) : Math.abs(wanted);
      assert.ok(
        Math.abs(y[place]! - wanted) <= 5e-7 * scale,
        `${name}(${value}) is ${wanted}, got ${y[place]}`,
      );
    }
  });
}

test(
  "what is saturated stays finite, and what is not finite does not pass for a number",
  options,
  async () => {
    const huge = Float32Array.from(
      { length: 64 },
      (_, place) => (place % 2 === 0 ? 1 : -1) * 10 ** (2 + (place >> 1)),
    );
    for (const [name, least, most] of [
      ["logisticOf", 0, 1],
      ["tanhOf", -1, 1],
      ["softplusOf", 0, Number.POSITIVE_INFINITY],
    ] as const) {
      for (const [place, value] of (await onDevice(name, huge)).entries()) {
        const finite = Number.isFinite(huge[place]!);
        if (finite)
          assert.ok(Number.isFinite(value) && value >= least && value <= most, `${name}(${huge[place]})`);
        else assert.ok(!Number.isFinite(value), `${name}(${huge[place]}) is ${value}`);
      }
      const nan = await onDevice(name, new Float32Array(64).fill(Number.NaN));
      assert.ok(nan.every(Number.isNaN), name);
    }
  },
);
