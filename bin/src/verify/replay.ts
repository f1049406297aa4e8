/** Repeats a run's steps and compares the results with the records. */

import {
  createStepper,
  decodeCheckpoint,
  differingPaths,
  encodeCheckpoint,
  type Learner,
  type NodeSum,
  parametersHash,
  type StepRecord,
  sha256,
} from "memnet";
import type { Plan } from "./plan.ts";

export interface Difference {
  readonly step: number;
  /** `parameters`, `loss`, `gradientNorm` or a file's path. */
  readonly what: string;
  readonly recorded: string | number | null;
  readonly recomputed: string | number | null;
  /** What is wrong with a file, if that is known. */
  readonly why?: string;
}

export interface Tally {
  readonly agreed: number;
  readonly compared: number;
}

export interface Replayed {
  readonly from: number;
  /** The last step compared. */
  readonly to: number;
  readonly hashes: Tally;
  /** Checkpoints, byte by byte. */
  readonly files: Tally;
  /** Lines of steps: loss and gradient norm. */
  readonly steps: Tally;
  /** The number of steps whose loss and gradient norm were lost, and so are not compared. */
  readonly lost: number;
  /** The parameters' hash at the last step compared. */
  readonly sha256: string;
  /** The first difference of each kind: once one step differs, all later ones do. */
  readonly differences: readonly Difference[];
}

export interface Means {
  /** Computes the sums of the learner's next step. */
  sumOf(learner: Learner): Promise<NodeSum>;
  /** Reads a checkpoint's bytes; null if it has been thinned out since. */
  read(path: string): Uint8Array | null;
  onStep?(step: number): void;
}

/**
 * Continues past a record or a file that differs, to distinguish an altered record from steps that went another way.
 * Stops at parameters that differ, since nothing after them can agree.
 *
 * @param start the learner at the plan's first step
 */
export async function replay(plan: Plan, start: Learner, means: Means): Promise<Replayed> {
  const stepper = await createStepper(start);
  const { learner } = stepper;
  const comparison = new Comparison(plan, means);
  let agrees = comparison.state(learner);
  while (agrees && learner.step < plan.to) {
    comparison.record(stepper.take(await means.sumOf(learner)));
    agrees = comparison.state(learner);
    means.onStep?.(learner.step);
  }
  const { hashes, files, steps, lost, differences } = comparison;
  const hash = parametersHash(learner.parameters);
  return { from: plan.from, to: learner.step, hashes, files, steps, lost, sha256: hash, differences };
}

class Comparison {
  readonly hashes = { agreed: 0, compared: 0 };
  readonly files = { agreed: 0, compared: 0 };
  readonly steps = { agreed: 0, compared: 0 };
  /** The number of steps whose records were lost. */
  lost = 0;
  readonly differences: Difference[] = [];
  private readonly plan: Plan;
  private readonly means: Means;

  constructor(plan: Plan, means: Means) {
    this.plan = plan;
    this.means = means;
  }

  record({ step, loss, gradientNorm }: StepRecord): void {
    if (this.plan.lost.has(step)) {
      this.lost++;
      return;
    }
    const recorded = this.plan.records.get(step);
    const differing = Object.entries({ loss, gradientNorm }).flatMap(([what, recomputed]) => {
      const there = recorded ? (recorded[what as "loss" | "gradientNorm"] ?? null) : "no line";
      return there === recomputed ? [] : [{ step, what, recorded: there, recomputed }];
    });
    this.count(this.steps, differing);
  }

  /** @returns whether the parameters agree; true if no hash is recorded for this step */
  state(learner: Learner): boolean {
    const { step } = learner;
    const recorded = this.plan.hashes.get(step);
    let agrees = true;
    if (recorded !== undefined) {
      const recomputed = parametersHash(learner.parameters);
      agrees = recorded === recomputed;
      this.count(this.hashes, agrees ? [] : [{ step, what: "parameters", recorded, recomputed }]);
    }
    for (const path of this.plan.files.get(step) ?? []) {
      const bytes = this.means.read(path);
      if (bytes) this.count(this.files, fileDifferences(path, bytes, learner));
    }
    return agrees;
  }

  private count(tally: { agreed: number; compared: number }, differing: readonly Difference[]): void {
    tally.compared++;
    if (differing.length === 0) tally.agreed++;
    const known = new Set(this.differences.map(({ what }) => what));
    this.differences.push(...differing.filter(({ what }) => !known.has(what)));
  }
}

function fileDifferences(path: string, bytes: Uint8Array, learner: Learner): Difference[] {
  const [recorded, recomputed] = [sha256(bytes), sha256(encodeCheckpoint(learner))];
  if (recorded === recomputed) return [];
  return [{ step: learner.step, what: path, recorded, recomputed, why: whyDiffers(bytes, learner) }];
}

function whyDiffers(bytes: Uint8Array, { training, step, parameters }: Learner): string {
  let kept: Learner;
  try {
    kept = decodeCheckpoint(bytes);
  } catch (error) {
    return (error as Error).message;
  }
  const settings = differingPaths(kept.training, training);
  if (settings.length > 0) return `it is of another configuration, in ${settings.join(", ")}`;
  if (kept.step !== step) return `it is of step ${kept.step}`;
  const hash = parametersHash(kept.parameters);
  return hash === parametersHash(parameters)
    ? "its parameters agree, its optimizer state or its form does not"
    : `its parameters' SHA-256 is ${hash}`;
}
