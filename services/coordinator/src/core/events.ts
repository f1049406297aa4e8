/** The events that the coordinator's core receives, and the effects that it asks for. */

import type { Exclusion } from "@memnet/protocol";
import type { NodeSum, StepRecord, TreeNode } from "memnet";

/** A trainer's result for one node of the current step's reduction tree. */
export interface Result {
  readonly trainer: string;
  readonly machine: string;
  readonly step: number;
  readonly node: TreeNode;
  /** Hash of the parameters that the trainer used. */
  readonly parametersHash: string;
  /** Hashes of the batches that the trainer used, one for each micro-batch of the node. */
  readonly batchHashes: readonly string[];
  /** The data-env that made each of them; null for the trainer itself. */
  readonly madeBy: readonly (string | null)[];
  /** Hash of the gradient and the loss. */
  readonly hash: string;
  /** Micro-batches whose loss or gradient is not finite. */
  readonly nonFinite: readonly number[];
  /** The gradient is empty if it went to the trainer of a branch. */
  readonly sum: NodeSum;
  readonly branched?: boolean;
  /** Set if the trainer says that the result is finite, and it is not. */
  readonly implausible?: boolean;
  /** How many times this trainer had been asked for the node before, starting at 0. */
  readonly attempt: number;
}

/** Returns the hash of a result's gradient, without its loss. */
export function gradientHashOf(hash: string): string {
  return hash.split(":", 1)[0]!;
}

/** The gradient of a branch, added up by its trainer. */
export interface BranchSum {
  readonly trainer: string;
  readonly step: number;
  readonly node: TreeNode;
  /** The nodes that it is the sum of, with the hash of each gradient. */
  readonly parts: readonly { readonly node: TreeNode; readonly hash: string }[];
  readonly hash: string;
  readonly gradient: Float32Array;
  /** Whether every number of the gradient is finite. */
  readonly allFinite: boolean;
}

export type Event =
  /** `token` identifies the request in the answer. */
  | {
      kind: "join";
      token: number;
      trainer: string;
      secret: string;
      machine: string;
      fingerprints: readonly [string, string];
      /** Hash of the probe's batch. */
      batch: string;
    }
  | { kind: "heartbeat"; trainer: string; secret: string; step: number; nodes: readonly TreeNode[] }
  /** `unable` says why the trainer cannot serve the run, and whether the run's task is at fault. */
  | { kind: "goodbye"; trainer: string; secret: string; unable: { why: string; task: boolean } | null }
  | { kind: "result"; result: Result; secret: string }
  | { kind: "sum"; sum: BranchSum; secret: string }
  /** The updater has taken the step; `parametersHash` is of the new parameters, `sums` of the nodes that are checked. */
  | { kind: "updated"; record: StepRecord; parametersHash: string; sums: readonly string[] }
  /** The evaluator has fixed the run's fingerprint. */
  | { kind: "fixed"; fingerprint: string }
  /** The arbiter has computed the probe; null if it cannot. */
  | { kind: "probed"; probe: { fingerprint: string; batch: string } | null }
  /** The arbiter has computed a node; null if it cannot. */
  | { kind: "judged"; step: number; node: TreeNode; result: Result | null }
  /** The evaluator has written a doubt down. */
  | { kind: "doubted" }
  /** The evaluator has kept a snapshot. */
  | { kind: "acknowledged"; step: number }
  /**
   * Evaluations that are due but not finished, the earliest step that satisfies `--until`, and why the run cannot be
   * measured, if it cannot.
   */
  | {
      kind: "progress";
      kept: number;
      pending: readonly number[];
      satisfied: number | null;
      failure: string | null;
    }
  | { kind: "stop" }
  | { kind: "tick" };

export interface Assignment {
  readonly trainer: string;
  readonly nodes: readonly TreeNode[];
}

/** The leave of a step's only trainer to take steps itself. */
export interface Leave {
  /** The last step that it covers. */
  readonly until: number;
  /** Whether the trainer is sent the parameters and the optimizer's state to take steps from. */
  readonly begins: boolean;
  /** Whether the trainer is told; otherwise an earlier leave covers the step, and nothing is sent. */
  readonly told: boolean;
}

/** Reasons why a node is assigned again. */
export const reissueReasons = [
  "lost-trainer",
  "goodbye",
  "deadline",
  "duplicate",
  "repair",
  "not-finite",
  "joined",
  "audit",
] as const;
export type ReissueReason = (typeof reissueReasons)[number];
export const resultVerdicts = ["accepted", "duplicate", "stale", "rejected", "not-finite", "audit"] as const;
export type ResultVerdict = (typeof resultVerdicts)[number];

export type Effect =
  /** Without a leave, the parameters are sent. */
  | { kind: "broadcast"; step: number; assignments: readonly Assignment[]; lead: Leave | null }
  /** An `attempt` above that of a result the trainer already has makes it compute the node again. */
  | {
      kind: "assign";
      step: number;
      trainer: string;
      nodes: readonly TreeNode[];
      attempt: number;
      /** Whether the trainer checks another one, and so makes the batches itself. */
      audit: boolean;
    }
  | { kind: "admit"; token: number; step: number; nodes: readonly TreeNode[] }
  | { kind: "refuse"; token: number; code: string; message: string }
  /** A message of this kind is not from the trainer that it names: it is counted and ignored. */
  | { kind: "forged"; message: "heartbeat" | "goodbye" | "result" | "sum"; trainer: string }
  /** These disjoint nodes fill the root: add them up, take the step, and hash the sums of the nodes in `check`. */
  | {
      kind: "add";
      parts: readonly { node: TreeNode; sum: NodeSum }[];
      check: readonly TreeNode[];
      audited: boolean;
    }
  /** The arbiter is to compute the probe. */
  | { kind: "probe" }
  /** The arbiter is to compute a node of the current step. */
  | { kind: "judge"; step: number; node: TreeNode }
  /** Writes a doubt into the run's folder; the core waits until that is done. */
  | { kind: "doubt"; before: number | null; excluded: readonly Exclusion[]; suspects: readonly string[] }
  /** Opens the run again from the newest checkpoint before this step. */
  | { kind: "back"; before: number; reason: string }
  | { kind: "snapshot"; step: number }
  | { kind: "fix"; fingerprint: string }
  /** Ends the run. If its result is an earlier step, later checkpoints are quarantined. */
  | {
      kind: "end";
      state: "ended" | "stopped" | "failed";
      step: number;
      reason: string | null;
      /** The first step that two results differ in, if they do: nothing from it on can be trusted. */
      doubtFrom?: number;
    }
  /** An event for metrics.jsonl and the log. */
  | { kind: "event"; event: string; fields: Readonly<Record<string, unknown>> }
  | { kind: "verdict"; verdict: ResultVerdict }
  | { kind: "reissue"; reason: ReissueReason };

export function verdict(verdict: ResultVerdict): Effect {
  return { kind: "verdict", verdict };
}
