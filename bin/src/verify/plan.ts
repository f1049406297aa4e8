/**
 * Plans what to verify of a run: the first and last step, and what is recorded for each step. Pure: the run has been
 * read.
 */

import type { RunOnDisk } from "@memnet/runs";
import { CommandError, UsageError } from "@memnet/terminal";
import type { StepRecord } from "memnet";

export interface StepRange {
  readonly first: number;
  readonly last: number;
}

export interface Plan {
  /** The step whose parameters the replay begins with. */
  readonly from: number;
  /** The file with these parameters; null if they are drawn from the seed. */
  readonly checkpoint: string | null;
  readonly to: number;
  /** SHA-256 of the parameters, by step. */
  readonly hashes: ReadonlyMap<number, string>;
  readonly records: ReadonlyMap<number, StepRecord>;
  /** Steps marked as having lost their records. */
  readonly lost: ReadonlySet<number>;
  /**
   * The remaining checkpoints of each step, without the one that the replay begins with, which would agree with itself.
   */
  readonly files: ReadonlyMap<number, readonly string[]>;
}

/** The part of a run that a plan depends on. */
export type Recorded = Pick<RunOnDisk, "run" | "config" | "checkpoints" | "lines"> & {
  /** best.safetensors and the step that it names; null if there is none. */
  readonly best: { readonly step: number; readonly path: string } | null;
};

/** @throws UsageError if the text is not a range of steps */
export function parseSteps(text: string): StepRange {
  const [, first, last] = /^(\d+)\.\.(\d+)$/.exec(text) ?? [];
  const range = { first: Number(first), last: Number(last) };
  if (!Number.isSafeInteger(range.first) || !Number.isSafeInteger(range.last)) {
    throw new UsageError(`Cannot use --steps: it must be A..B, as in 500..1000, got ${JSON.stringify(text)}`);
  }
  if (range.first >= range.last) {
    throw new UsageError(`Cannot use --steps: the first must be below the last, got ${text}`);
  }
  return range;
}

/**
 * @param range null for everything from the initial parameters to the last hash
 * @throws UsageError if there is nothing to compare with, CommandError if there is nothing to begin with
 */
export function planOf(recorded: Recorded, range: StepRange | null): Plan {
  const { run, checkpoints, best } = recorded;
  const { hashes, records, lost } = linesByStep(recorded);
  const hashed = [...hashes.keys()].sort((a, b) => a - b);
  const end = hashed.at(-1);
  if (end === undefined) {
    throw new UsageError(
      `Cannot verify run ${run}: its metrics.jsonl must have checkpoint lines, which carry the hashes to compare with, ` +
        "and has none",
    );
  }
  const { first, last: to } = range ?? { first: 0, last: end };
  if (to > end) {
    throw new UsageError(
      `Cannot use --steps: run ${run} has its last hash at step ${end}, got ${first}..${to}`,
    );
  }
  checkExact(recorded, to);
  const { step: from, path: checkpoint } = beginning(recorded, hashes, first);
  // A checkpoint that the replay begins with proves nothing by its own hash; the seed's parameters, which are computed,
  // do.
  const next = hashed.find((step) => step > from || (step === from && checkpoint === null));
  if (next === undefined || next > to) {
    const where = next === undefined ? "there is none" : `the next is at step ${next}`;
    throw new UsageError(
      `Cannot verify steps ${from} to ${to} of run ${run}: there must be a hash after the first to compare with, and ${where}`,
    );
  }
  const files = new Map<number, string[]>();
  for (const { step, path } of [...checkpoints, ...(best ? [best] : [])]) {
    if (path !== checkpoint) files.set(step, [...(files.get(step) ?? []), path]);
  }
  return { from, checkpoint, to, hashes, records, lost, files };
}

function linesByStep({ lines }: Recorded): Pick<Plan, "hashes" | "records" | "lost"> {
  const hashes = new Map<number, string>();
  const records = new Map<number, StepRecord>();
  const lost = new Set<number>();
  for (const line of lines) {
    if (line.kind === "checkpoint") hashes.set(Number(line.step), String(line.sha256));
    if (line.kind !== "step") continue;
    if (line.lost === true) lost.add(Number(line.step));
    else records.set(Number(line.step), line as unknown as StepRecord);
  }
  return { hashes, records, lost };
}

function checkExact({ run, config: { relaxedFrom } }: Recorded, to: number): void {
  if (relaxedFrom === null || to <= relaxedFrom) return;
  const exact = relaxedFrom > 0 ? `; --steps 0..${relaxedFrom} are exact` : "";
  throw new UsageError(
    `Cannot verify run ${run} up to step ${to}: it was relaxed from step ${relaxedFrom} on, where trainers that compute ` +
      `other bits were let in${exact}`,
  );
}

/**
 * Finds the newest checkpoint at or before a step whose hash is recorded. Step 0 uses the seed's parameters instead.
 */
function beginning(
  { run, config, checkpoints }: Recorded,
  hashes: Plan["hashes"],
  first: number,
): { readonly step: number; readonly path: string | null } {
  const newest = checkpoints.findLast(({ step }) => step <= first && hashes.has(step));
  const ofSeed = config.training.initial === null;
  if (newest && !(ofSeed && newest.step === 0)) return newest;
  if (ofSeed) return { step: 0, path: null };
  throw new CommandError(
    `Cannot verify run ${run} from step ${first}: it began from parameters that were given, so a checkpoint at or before ` +
      "that step must be there, and none is",
  );
}
