import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { builtInTask, type Draws, fixed, type TaskSettings } from "memnet";

const python = "python3";
const hasNumpy = spawnSync(python, ["-c", "import numpy"]).status === 0;
const skip = hasNumpy ? false : "Python has no NumPy here";

/** One sequence without padding: [time][column]. */
interface Made {
  readonly x: number[][];
  readonly y: number[][];
  readonly mask: number[];
}

function made(task: object, times: number | null): { readonly times: number; readonly sequences: Made[] } {
  const script = `
import json, sys
sys.path.insert(0, sys.argv[1])
import numpy
from tasks import make_batch
x, y, mask = make_batch(json.loads(sys.argv[2]), 40, numpy.random.default_rng(5), json.loads(sys.argv[3]))
rows = lambda array, b: array[:, b].tolist()
print(json.dumps([{"x": rows(x, b), "y": rows(y, b), "mask": rows(mask, b)} for b in range(x.shape[1])]))
`;
  const args = [
    "-c",
    script,
    fileURLToPath(new URL("peers", import.meta.url)),
    JSON.stringify(task),
    JSON.stringify(times),
  ];
  const { status, stdout, stderr } = spawnSync(python, args, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  const sequences = JSON.parse(stdout) as Made[];
  return { times: sequences[0]!.mask.length, sequences };
}

/** Makes our task's sequence from the words and numbers in the peer's sequence, padded in the same way. */
function expected(name: string, settings: TaskSettings, { x, mask }: Made): Made {
  const bits = settings.bits as number;
  const ends = x.findIndex((row) => row[bits + 1]! > 0);
  const drawn = x.slice(1, ends).flatMap((row) => row.slice(0, bits));
  let narrowed = fixed(settings, "length", ends - 1);
  if (name === "repeat-copy") narrowed = fixed(narrowed, "repeats", Math.round(10 * x[ends]![bits + 1]!));
  const draws = { integer: (lo: number) => lo, bit: () => drawn.shift() } as unknown as Draws;
  const task = builtInTask(name);
  const sequence = task.sequence(narrowed, draws);
  const rows = (array: Float32Array, width: number) =>
    mask.map((_, time) => Array.from({ length: width }, (_, column) => array[time * width + column] ?? 0));
  return {
    x: rows(sequence.x, task.input(narrowed)),
    y: rows(sequence.y, task.output(narrowed)),
    mask: rows(sequence.mask, 1).flat(),
  };
}

for (const [name, settings, timesMax] of [
  ["copy", { bits: 3, length: [2, 5] }, 12],
  ["repeat-copy", { bits: 3, length: [2, 4], repeats: [1, 3] }, 19],
] as const) {
  test(`make_batch() of the peers makes the same as ${name}, of every length, padded`, { skip }, () => {
    const { times, sequences } = made({ name, ...settings }, 25);
    assert.equal(times, 25);
    const lengths = new Set<number>();
    for (const sequence of sequences) {
      assert.deepEqual(sequence, expected(name, settings, sequence));
      lengths.add(sequence.mask.lastIndexOf(1));
    }
    assert.ok(lengths.size >= 4, [...lengths].join());
    assert.equal(made({ name, ...settings }, null).times, timesMax);
  });
}
