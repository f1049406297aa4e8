/** The evaluator's Prometheus metrics. */

import type { BestLine, EvaluationLine } from "@memnet/runs";
import { fromZero, type Metrics } from "@memnet/service";

/** From 0.1 s for a small model's validation to 10 minutes for a large model's sizes beyond training. */
const evaluationSeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Codes with which a snapshot can be refused. */
const snapshotRefusals = [
  ...["BUSY", "CHECKPOINT", "DAMAGED", "DISK", "EPOCH", "GONE", "INTERNAL"],
  ...["MISMATCH", "RECORDS", "RUN", "SIZE", "TRAINING"],
] as const;

/** Error codes of a disk that an operator can act on. */
const diskCodes = ["EACCES", "EDQUOT", "EIO", "EMFILE", "ENOENT", "ENOSPC", "EROFS"] as const;

/** Names of the events that coordinators report about their runs. */
const eventNames = [
  ...[
    "diverging",
    "ended",
    "failed",
    "fingerprint",
    "joined",
    "left",
    "lost",
    "mismatch",
    "not-finite",
    "poisoned",
  ],
  ...["disputed", "doubt", "quarantined"],
  ...["recovered", "refused", "returned", "skipped", "slept", "stopped", "strayed"],
  ...["unsummed", "waiting"],
] as const;

export type EvaluatorMetrics = ReturnType<typeof evaluatorMetrics>;

export function evaluatorMetrics(metrics: Metrics) {
  const counters = (name: string, help: string, label: string, values: readonly string[]) => {
    const known = new Set([...values, "other"]);
    const made = fromZero(
      metrics.counter(name, help, [label]),
      [...known].map((value) => ({ [label]: value })),
    );
    return (value: string) => made.inc({ [label]: known.has(value) ? value : "other" });
  };
  const ofSplit = ["run", "split"] as const;
  const loss = metrics.gauge("loss_nats", "Mean loss in nats per sequence, by split", ofSplit);
  // promtool takes the word `bits` in a name for a unit, and asks for bytes.
  const wrongBits = metrics.gauge("bit_errors", "Wrong bits per sequence, by split", ofSplit);
  const exact = metrics.gauge("exact_sequences_ratio", "Share of sequences without a wrong bit", ofSplit);
  const bestStep = metrics.gauge("best_step", "Step of the best checkpoint, by validation", ["run"]);
  const bestWrongBits = metrics.gauge("best_bit_errors", "Its wrong bits per validation sequence", ["run"]);
  const underWay = metrics.gauge(
    "run_under_way",
    "1 from a run's opening until its coordinator says that it is over",
    ["run"],
  );
  const size = metrics.gauge("checkpoint_size_bytes", "Size of the newest checkpoint", ["run"]);
  const checkpoints = metrics.counter("checkpoints_written_total", "Checkpoints that are written and last");
  const bytes = metrics.counter("checkpoint_bytes_total", "Bytes of the checkpoints written");
  return {
    snapshotSeconds: metrics.histogram(
      "snapshot_seconds",
      "From a snapshot's message to its acknowledgement",
    ),
    snapshotFailed: counters(
      "snapshot_failures_total",
      "Snapshots refused, by reason",
      "reason",
      snapshotRefusals,
    ),
    evaluations: metrics.counter("evaluations_measured_total", "Steps measured"),
    evaluationFailures: metrics.counter(
      "evaluation_failures_total",
      "Measurements that failed and are repeated",
    ),
    evaluationSeconds: metrics.histogram(
      "evaluation_seconds",
      "One step's measurement",
      [],
      evaluationSeconds,
    ),
    due: metrics.gauge("evaluations_due", "Steps whose evaluation is due and not in, of all runs"),
    diskError: counters("disk_errors_total", "Disk operations that failed, by error code", "code", diskCodes),
    logDropped: metrics.counter("log_lines_dropped_total", "Lines for run.log that could not be written"),
    /** Includes runs whose coordinator has since ended and can no longer be scraped. */
    event: counters(
      "run_events_total",
      "What coordinators told of their runs, by event",
      "event",
      eventNames,
    ),
    opened: (run: string) => underWay.set({ run }, 1),
    written(run: string, byteCount: number): void {
      checkpoints.inc();
      bytes.inc(byteCount);
      size.set({ run }, byteCount);
    },
    figures(run: string, { split, ...line }: EvaluationLine): void {
      for (const [gauge, figure] of [
        [loss, line.loss],
        [wrongBits, line.wrongBits],
        [exact, line.exact],
      ] as const) {
        gauge.set({ run, split }, figure ?? Number.NaN);
      }
    },
    best(run: string, { step, wrongBits }: Pick<BestLine, "step" | "wrongBits">): void {
      bestStep.set({ run }, step);
      bestWrongBits.set({ run }, wrongBits);
    },
    /** Drops the series of a run that is over. */
    forget: (run: string) => metrics.forget("run", run),
    /** @param read counts the runs of each state */
    runs(read: () => ReadonlyMap<string, number>): void {
      metrics.measuredBy(
        "runs",
        "Runs by state: those not ended at the evaluator's start, and all since",
        "state",
        read,
      );
    },
    waiting(read: () => number): void {
      metrics.measured("run_requests_waiting", "Work on runs' files under way or waiting, of all runs", read);
    },
  };
}
