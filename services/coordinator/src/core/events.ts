/** What a coordinator hears, and what it does about it. */

import type { NodeSum, StepRecord, TreeNode } from "memnet";

/** A trainer's answer for one node of the present step's reduction tree. */
export interface Result {
  readonly trainer: string;
  readonly machine: string;
  readonly step: number;
  readonly node: TreeNode;
  /** Hash of the parameters that it used. */
  readonly parameters: string;
  /** Hashes of the batches that it used, one for each micro-batch of the node. */
  readonly batches: readonly string[];
  /** Hash of the gradient and the loss. */
  readonly hash: string;
  /** Micro-batches whose loss or gradient is not finite. */
  readonly nonFinite: readonly number[];
  readonly sum: NodeSum;
  /** Which time this trainer was asked for the node, from 0. */
  readonly attempt: number;
}

export type Event =
  /** `token` comes back in the answer. */
  | {
      kind: "join";
      token: number;
      trainer: string;
      machine: string;
      fingerprints: readonly [string, string];
      /** Hash of the probe's batch. */
      batch: string;
    }
  | { kind: "heartbeat"; trainer: string; step: number; nodes: readonly TreeNode[] }
  /** `unable` says why it cannot serve the run, and whether the run's task is at fault. */
  | { kind: "goodbye"; trainer: string; unable: { why: string; task: boolean } | null }
  | { kind: "result"; result: Result }
  /** The step that was added up is taken; `parameters` is the new ones' hash. */
  | { kind: "updated"; record: StepRecord; parameters: string }
  /** The evaluator has fixed the run's fingerprint. */
  | { kind: "fixed"; fingerprint: string }
  /** The evaluator has kept a snapshot. */
  | { kind: "acknowledged"; step: number }
  /** Evaluations that are due and not in, and the earliest step that satisfies `--until`. */
  | { kind: "progress"; kept: number; pending: readonly number[]; satisfied: number | null }
  | { kind: "stop" }
  | { kind: "tick" };

export interface Assignment {
  readonly trainer: string;
  readonly nodes: readonly TreeNode[];
}

/** Why a node was given out again. */
export const reissueReasons = [
  "lost-trainer",
  "goodbye",
  "deadline",
  "duplicate",
  "repair",
  "not-finite",
  "joined",
] as const;
export type ReissueReason = (typeof reissueReasons)[number];
export const resultVerdicts = ["accepted", "duplicate", "stale", "rejected", "not-finite"] as const;
export type ResultVerdict = (typeof resultVerdicts)[number];

export type Effect =
  | { kind: "broadcast"; step: number; assignments: readonly Assignment[] }
  /** `attempt` above that of a result at hand: compute anew. */
  | { kind: "assign"; step: number; trainer: string; nodes: readonly TreeNode[]; attempt: number }
  | { kind: "admit"; token: number; step: number; nodes: readonly TreeNode[] }
  | { kind: "refuse"; token: number; code: string; message: string }
  /** The root is filled by these disjoint nodes: add them up and take the step. */
  | { kind: "add"; parts: readonly { node: TreeNode; sum: NodeSum }[] }
  | { kind: "snapshot"; step: number }
  | { kind: "fix"; fingerprint: string }
  /** The run's result is an earlier step: what came after it is set aside. */
  | {
      kind: "end";
      state: "ended" | "stopped" | "failed";
      step: number;
      reason: string | null;
      /** Two results of one node differ. */
      mismatch?: true;
    }
  /** For metrics.jsonl and the log. */
  | { kind: "event"; event: string; fields: Readonly<Record<string, unknown>> }
  | { kind: "verdict"; verdict: ResultVerdict }
  | { kind: "reissue"; reason: ReissueReason };
