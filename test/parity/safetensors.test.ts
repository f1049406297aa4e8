/** The Python package `safetensors` reads our files and we read its files, with the same bytes and values. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  builtInTask,
  bytesOf,
  decodeCheckpoint,
  decodeSafetensors,
  encodeCheckpoint,
  encodeSafetensors,
  initialParameters,
  modelOf,
  newLearner,
  parameterLayout,
  preset,
  runConfig,
  type Safetensors,
  type Settings,
  takeStep,
} from "memnet";
import { pythonOptions } from "./python.testing.ts";

/** Prints argv[1] as JSON, each tensor with its bytes; then writes the same with Python to argv[2]. */
const script = `
import json, sys
from safetensors import safe_open
from safetensors.numpy import save_file
tensors = {}
with safe_open(sys.argv[1], framework="np") as file:
    metadata = file.metadata()
    for name in file.keys():
        tensors[name] = file.get_tensor(name)
seen = {name: {"shape": list(t.shape), "dtype": t.dtype.str, "hex": t.tobytes().hex()} for name, t in tensors.items()}
print(json.dumps({"metadata": metadata or {}, "tensors": seen}))
save_file(tensors, sys.argv[2], metadata=metadata)
`;

interface Seen {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, { shape: number[]; dtype: string; hex: string }>>;
}

function throughPython(file: Uint8Array): { seen: Seen; back: Uint8Array } {
  const folder = mkdtempSync(join(tmpdir(), "memnet-parity-"));
  try {
    const [ours, theirs] = [join(folder, "ours.safetensors"), join(folder, "theirs.safetensors")];
    writeFileSync(ours, file);
    const run = spawnSync("python3", ["-c", script, ours, theirs], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    assert.equal(run.status, 0, run.stderr);
    return { seen: JSON.parse(run.stdout), back: readFileSync(theirs) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function assertSeen(seen: Seen, wanted: Safetensors): void {
  assert.deepEqual(seen.metadata, wanted.metadata);
  assert.deepEqual(Object.keys(seen.tensors).sort(), [...wanted.tensors.keys()].sort());
  for (const [name, { shape, data }] of wanted.tensors) {
    const dtype = data instanceof Float64Array ? "<f8" : "<f4";
    const hex = Buffer.from(bytesOf(data)).toString("hex");
    assert.deepEqual(seen.tensors[name], { shape: [...shape], dtype, hex }, name);
  }
}

function assertSame(got: Safetensors, wanted: Safetensors): void {
  assert.deepEqual(got.metadata, wanted.metadata);
  assert.deepEqual(new Map([...got.tensors].sort()), new Map([...wanted.tensors].sort()));
}

test(
  "encodeSafetensors() and decodeSafetensors() agree with Python on every kind of tensor",
  pythonOptions,
  () => {
    const file: Safetensors = {
      tensors: new Map([
        ["f64", { shape: [3], data: Float64Array.of(Math.PI, -0, 5e-324) }],
        ["matrix", { shape: [2, 3], data: Float32Array.of(1, -0, 2.5, Number.POSITIVE_INFINITY, 1e-45, 3) }],
        ["nan", { shape: [1], data: Float32Array.of(Number.NaN) }],
        ["scalar", { shape: [], data: Float32Array.of(7) }],
        ["empty", { shape: [0, 4], data: new Float32Array(0) }],
        ["ä →", { shape: [1, 1, 1], data: Float32Array.of(-7) }],
      ]),
      metadata: { step: "5", text: 'ä → "quoted"\n', config: '{"a":[1,2]}' },
    };
    const { seen, back } = throughPython(encodeSafetensors(file));
    assertSeen(seen, file);
    assertSame(decodeSafetensors(back), file);
  },
);

test("encodeSafetensors() writes files without metadata that Python reads", pythonOptions, () => {
  const file: Safetensors = {
    tensors: new Map([["a", { shape: [2], data: Float32Array.of(1, 2) }]]),
    metadata: {},
  };
  const { seen, back } = throughPython(encodeSafetensors(file));
  assertSeen(seen, file);
  assertSame(decodeSafetensors(back), file);
});

for (const [name, more] of [
  ["original-dnc-repeat-copy-fast", {}],
  ["original-ntm-copy", { heads: { reads: 2, writes: 3, shifts: 5 } }],
] as const satisfies [string, Settings][]) {
  test(`a checkpoint of ${name} goes through Python and back to the same learner`, pythonOptions, () => {
    const settings: Settings = { ...preset(name), ...more, engine: "tfjs-cpu" };
    const task = builtInTask((settings.task as { name: string }).name);
    const { training } = runConfig(settings, task);
    const model = modelOf(training, task);
    const learner = newLearner(training, model, initialParameters(model, 1));
    takeStep(learner, { gradient: learner.parameters.map((value) => value * 3), loss: 1 });
    const file = encodeCheckpoint(learner);
    const { seen, back } = throughPython(file);
    assertSeen(seen, decodeSafetensors(file));
    for (const tensor of parameterLayout(model))
      assert.deepEqual(seen.tensors[tensor.name]?.shape, tensor.shape);
    assert.equal(seen.metadata.step, "1");
    assert.deepEqual(decodeCheckpoint(back), learner);
    assert.deepEqual(encodeCheckpoint(decodeCheckpoint(back)), file);
  });
}
