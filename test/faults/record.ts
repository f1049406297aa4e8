/** What a run's metrics.jsonl says of its bits, and how two runs are held against each other. */

export interface RunRecord {
  /** SHA-256 of the parameters, by step. */
  readonly hashes: ReadonlyMap<number, string>;
  /** As they stand there. */
  readonly steps: readonly number[];
}

/** @param text of a metrics.jsonl */
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

/** What is wrong with a run that took `last` steps, beside the quiet one; empty where nothing is. */
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
