/**
 * docs/model.md is complete: a numpy program that follows it alone computes the losses of memnet and of the golden
 * files.
 */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Batch, decodeSafetensors, goldenTolerance, train } from "memnet";
import { pythonOptions } from "./python.testing.ts";

const reader = fileURLToPath(new URL("../../examples/python/read_checkpoint.py", import.meta.url));
const memnet = fileURLToPath(new URL("../../libs/memnet", import.meta.url));
const golden = join(memnet, "golden");
const batches = join(golden, "batches.safetensors");

/** Both compute in float64; only the order of additions differs. */
const goldenTolerated = 1e-9;

const engine = "wasm";
const feedforward = { controller: { kind: "feedforward" } } as const;
const memory = { masked: true, deallocate: true, sharpen: true };

interface Figures {
  /** In nats per sequence. */
  readonly loss: number;
  readonly wrongBits: number;
}

function read(...args: readonly string[]): Figures {
  const { status, stdout, stderr } = spawnSync("python3", [reader, ...args], {
    encoding: "utf8",
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" },
  });
  assert.equal(status, 0, stderr);
  const [, loss, wrongBits] = /^loss (\S+) nats, (\S+) wrong bits a sequence\n$/.exec(stdout) ?? [];
  return { loss: Number(loss), wrongBits: Number(wrongBits) };
}

function assertClose(got: number, wanted: number, tolerance: number): void {
  const error = Math.abs(got - wanted) / wanted;
  assert.ok(error <= tolerance, `loss must be ${wanted}, got ${got}: a relative error of ${error}`);
}

/** Reads the batch of a file whose tensors' names begin with `prefix`. */
function batchOf(file: string, prefix: string): Batch {
  const { tensors } = decodeSafetensors(readFileSync(file));
  const [x, y, mask] = ["x", "y", "mask"].map((name) => tensors.get(prefix + name)!);
  const [times, sequences] = mask!.shape as [number, number];
  const floats = [x!, y!, mask!].map(({ data }) => Float32Array.from(data));
  return { times, sequences, x: floats[0]!, y: floats[1]!, mask: floats[2]! };
}

for (const name of readdirSync(golden).filter((file) =>
  /^(ntm|dnc|ff|lstm|mds)-[^.]*\.safetensors$/.test(file),
)) {
  test(`the reader gives the loss of ${name}`, pythonOptions, () => {
    const { tensors } = decodeSafetensors(readFileSync(join(golden, name)));
    const { loss, wrongBits } = read(join(golden, name));
    assertClose(loss, tensors.get("loss")!.data[0]!, goldenTolerated);
    // Some files store the mean in float32.
    assert.equal(Math.fround(wrongBits), Math.fround(tensors.get("wrong_bits")!.data[0]!));
  });
}

for (const [preset, prefix, settings] of [
  ["original-ntm-copy", "copy.step0.from0.", {}],
  ["original-ntm-copy", "copy.step1.from8.", { heads: { reads: 2, writes: 3, shifts: 5 } }],
  ["original-dnc-repeat-copy-fast", "repeat-copy.step0.from0.", {}],
  ["original-dnc-repeat-copy-fast", "repeat-copy.step1.from8.", { heads: { reads: 2, writes: 3 } }],
  ["original-ntm-copy", "copy.step0.from0.", feedforward],
  ["original-ntm-copy", "copy.step1.from8.", { model: "lstm" }],
  ["original-dnc-repeat-copy-fast", "repeat-copy.step0.from0.", { memory }],
  [
    "original-dnc-repeat-copy-fast",
    "repeat-copy.step1.from8.",
    { ...feedforward, memory, heads: { reads: 2, writes: 3 } },
  ],
] as const) {
  const what = `a checkpoint of ${preset} ${JSON.stringify(settings)}`;
  test(`the reader gives the loss that memnet computes from ${what}`, pythonOptions, async () => {
    const trained = await train({ preset, engine, settings: { ...settings, steps: 5 } });
    const batch = batchOf(batches, prefix);
    const wanted = await trained.engine.evaluate(trained.learner.parameters, batch);
    const folder = mkdtempSync(join(tmpdir(), "memnet-parity-"));
    try {
      const checkpoint = join(folder, "5.safetensors");
      writeFileSync(checkpoint, trained.checkpoint());
      const { loss, wrongBits } = read(checkpoint, batches, prefix);
      assertClose(loss, wanted.loss / batch.sequences, goldenTolerance(engine).loss);
      assert.equal(wrongBits, wanted.wrongBits / batch.sequences);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test("docs/model.md has every section that libs/memnet cites", () => {
  const text = readFileSync(new URL("../../docs/model.md", import.meta.url), "utf8");
  const sections = new Set(Array.from(text.matchAll(/^#+ (\d+(\.\d+)?)/gm), (match) => match[1]));
  const cited = readdirSync(memnet, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) =>
      Array.from(readFileSync(join(memnet, file), "utf8").matchAll(/docs\/model\.md (§.*)/g), (line) =>
        Array.from(line[1]!.matchAll(/§(\d+(\.\d+)?)/g), (match) => ({ file, section: match[1] })),
      ).flat(),
    );
  assert.ok(cited.length > 50);
  assert.deepEqual(
    cited.filter(({ section }) => !sections.has(section)),
    [],
  );
});
