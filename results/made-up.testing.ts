/** Made-up runs for tests, which were never trained. */

import { type PresetName, presetConfig } from "memnet";
import type { ReadRun } from "./claim.ts";
import type { Result } from "./record.ts";
import type { Row } from "./rows.ts";

export const hash = (digit: string) => digit.repeat(64);

/** A run of the preset that has ended after two evaluations, at steps 2 and 4; its losses are 1, 2, 3 … bits. */
export function madeUpRun(
  preset: PresetName,
  { seed = 1, run = `run-${seed}` }: { seed?: number; run?: string } = {},
): ReadRun {
  const { training, operation } = presetConfig(preset, { seed, engine: "wasm" });
  const step = (step: number) => ({ kind: "step", step, loss: step * Math.LN2, gradientNorm: 1, seconds: 1 });
  const evaluation = (step: number, split: string, sequences: number, wrongBits: number) => ({
    kind: "evaluation",
    step,
    split,
    loss: 3 * Math.LN2,
    lossBits: 3,
    wrongBits,
    exact: 0.5,
    sequences,
  });
  const event = (event: string, time: string) => ({ kind: "event", event, time });
  return {
    run,
    config: {
      training,
      operation: { ...operation, steps: 4 },
      fingerprint: hash("f"),
      relaxedFrom: null,
      versions: { memnet: "1.2.3", node: "20.20.2", platform: "linux-x64" },
      machine: "here",
      created: "2026-01-01T00:00:00.000Z",
    },
    state: { state: "ended", reason: null, epoch: 1 },
    lines: [
      event("opened", "2026-01-01T00:00:00.000Z"),
      { kind: "checkpoint", step: 0, sha256: hash("0") },
      ...[step(1), step(2)],
      { kind: "checkpoint", step: 2, sha256: hash("2") },
      ...[step(3), step(4)],
      { kind: "checkpoint", step: 4, sha256: hash("4") },
      evaluation(2, "validation", 800, 1.25),
      evaluation(4, "length-20", 160, 7),
      evaluation(4, "validation", 800, 0.05),
      event("ended", "2026-01-01T00:01:30.400Z"),
    ],
  };
}

/** A result whose curves fall to 0, with one evaluation that is not finite, and with sizes beyond training. */
export function madeUpResult(preset: PresetName, { seed = 1, evaluations = 40, beyond = 8 } = {}): Result {
  const every = 500;
  const rows = Array.from({ length: evaluations }, (_, index): Row[] => {
    const step = (index + 1) * every;
    const sequences = step * 16;
    const fallen = 60 * Math.exp((-9 * (index + seed)) / evaluations);
    const finite = index !== 3;
    const lossBits = finite ? fallen : null;
    const wrongBits = !finite ? null : fallen < 0.02 ? 0 : fallen / 3;
    const share = Math.exp(-fallen / 3);
    const training = { split: "training", measured: 8000, lossBits: fallen, wrongBits: null, exact: null };
    const validation = {
      split: "validation",
      measured: 800,
      lossBits,
      wrongBits,
      exact: finite ? share : null,
    };
    const larger = ["length-20", "length-40"].map((split, size) => ({
      split,
      measured: 160,
      lossBits: 2 * fallen,
      wrongBits: fallen,
      exact: share / (size + 1),
    }));
    const due = index >= evaluations - beyond;
    return [training, validation, ...(due ? larger : [])].map((row) => ({ step, sequences, ...row }));
  });
  const steps = evaluations * every;
  return {
    rows: rows.flat(),
    record: {
      preset,
      seed,
      steps,
      sequences: steps * 16,
      parametersSha256: hash("a"),
      trainingSha256: hash("b"),
      engine: "wasm",
      fingerprint: hash("c"),
      memnet: "1.2.3",
      node: "20.20.2",
      platform: "linux-x64",
      wallSeconds: null,
    },
  };
}
