/** Reads a run's hashes and steps from metrics.jsonl, and compares two runs. */

export interface RunRecord {
  /** SHA-256 of the parameters, by step. */
  readonly hashes: ReadonlyMap<number, string>;
  /** In the order of the file. */
  readonly steps: readonly number[];
}

/** @param text the contents of a metrics.jsonl */
export function readRecord(text: string): RunRecord {
  const hashes = new Map<number, string>();
  const steps: number[] = [];
  for (const line of text.trimEnd().split("\n")) {
    const { kind, step, sha256 } = JSON.parse(line) as { kind: string; step: number; sha256: string };
    if (kind === "step") steps.push(step);
    if (kind === "checkpoint") hashes.set(step, sha256);
  }
  return { hashes, steps };
}

/** Lists what is wrong with a run that took `last` steps, compared with the quiet one; empty if nothing is. */
export function faultsIn(run: RunRecord, quiet: RunRecord, last: number): string[] {
  const wrong: string[] = [];
  const at = run.steps.findIndex((step, index) => step !== index + 1);
  if (at >= 0) wrong.push(`metrics.jsonl must have step ${at + 1} in its place, got ${run.steps[at]}`);
  if (run.steps.length !== last) wrong.push(`metrics.jsonl must have ${last} steps, got ${run.steps.length}`);
  if (!run.hashes.has(last)) wrong.push(`There is no checkpoint of the last step, ${last}`);
  const common = commonSteps(run, quiet);
  if (common.length === 0) wrong.push("The two runs have no checkpoint in common");
  const other = common.find((step) => run.hashes.get(step) !== quiet.hashes.get(step));
  if (other !== undefined) {
    wrong.push(
      `The parameters after step ${other} must have the SHA-256 ${quiet.hashes.get(other)}, got ${run.hashes.get(other)}`,
    );
  }
  return wrong;
}

export function commonSteps(one: RunRecord, other: RunRecord): number[] {
  return [...one.hashes.keys()].filter((step) => other.hashes.has(step)).sort((a, b) => a - b);
}
