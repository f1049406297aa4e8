/** Decides whether a run can be published as a result, and why not. Pure: the run has been read. */

import type { RunOnDisk } from "@memnet/runs";
import { type PresetName, presetConfig, trainingHash } from "memnet";
import { condensed, wallSeconds } from "./condense.ts";
import { recognise } from "./presets.ts";
import type { Result } from "./record.ts";

export type Claim =
  | { readonly kind: "result"; readonly run: string; readonly result: Result }
  /** The run matches a preset but cannot be published. */
  | { readonly kind: "refused"; readonly run: string; readonly why: string }
  /** The run matches no preset. */
  | { readonly kind: "other"; readonly run: string; readonly why: string };

/** The part of a run that the decision depends on. */
export type ReadRun = Pick<RunOnDisk, "run" | "config" | "state" | "lines">;

/** @param short whether a run may have ended before the preset's last step */
export function claim(read: ReadRun, { short }: { short: boolean }): Claim {
  const { run, config, state, lines } = read;
  const { training, fingerprint, relaxedFrom, versions } = config;
  const recognised = recognise(training);
  if (!("preset" in recognised)) {
    const { nearest, differs } = recognised;
    return { kind: "other", run, why: `no preset; ${nearest} differs in ${differs.join(", ")}` };
  }
  const { preset } = recognised;
  const refused = (why: string): Claim => ({ kind: "refused", run, why });
  if (state.state !== "ended") return refused(`it must have ended, and its state is ${state.state}`);
  if (relaxedFrom !== null) {
    return refused(`every step must be exact, and it was relaxed from step ${relaxedFrom}`);
  }
  const last = lines.findLast(({ kind }) => kind === "checkpoint") as
    | { step: number; sha256: string }
    | undefined;
  const rows = condensed(lines, training.sequencesPerStep);
  if (!last || rows.at(-1)?.step !== last.step || fingerprint === null) {
    return refused("its metrics.jsonl must end with a checkpoint that was measured, and has none");
  }
  const { steps } = presetConfig(preset, { engine: training.engine }).operation;
  if (last.step < steps && !short) {
    return refused(
      `it must have the preset's ${steps} steps, and ended at step ${last.step} (--short takes it)`,
    );
  }
  const record = {
    preset,
    seed: training.seed,
    steps: last.step,
    sequences: last.step * training.sequencesPerStep,
    parametersSha256: last.sha256,
    trainingSha256: trainingHash(training),
    engine: training.engine,
    fingerprint,
    memnet: versions.memnet ?? "",
    node: versions.node ?? "",
    platform: versions.platform ?? "",
    wallSeconds: wallSeconds(lines),
  };
  return { kind: "result", run, result: { record, rows } };
}

/** Refuses all runs that share a preset and a seed, since only the user knows which one is meant. */
export function withoutRivals(claims: readonly Claim[]): Claim[] {
  const runs = new Map<string, string[]>();
  for (const one of claims) {
    if (one.kind === "result") runs.set(keyOf(one.result), [...(runs.get(keyOf(one.result)) ?? []), one.run]);
  }
  return claims.map((one) => {
    const rivals = one.kind === "result" ? runs.get(keyOf(one.result))!.filter((run) => run !== one.run) : [];
    if (one.kind !== "result" || rivals.length === 0) return one;
    const { preset, seed } = one.result.record;
    const why = `one run must be ${preset} with seed ${seed}, and ${rivals.join(", ")} is it too (name the one to take)`;
    return { kind: "refused", run: one.run, why };
  });
}

function keyOf({ record }: Result): `${PresetName} ${number}` {
  return `${record.preset} ${record.seed}`;
}
