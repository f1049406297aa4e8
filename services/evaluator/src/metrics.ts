/** The evaluator's figures for Prometheus. */

import type { Metrics } from "@memnet/service";

/** 0.1 s to 10 minutes: a small model's validation to a large one's with sizes beyond training. */
const evaluationSeconds = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

export type EvaluatorMetrics = ReturnType<typeof evaluatorMetrics>;

export function evaluatorMetrics(metrics: Metrics) {
  return {
    checkpoints: metrics.counter("checkpoints_written_total", "Checkpoints that are written and last"),
    checkpointBytes: metrics.counter("checkpoint_bytes_total", "Bytes of the checkpoints written"),
    snapshotSeconds: metrics.histogram(
      "snapshot_seconds",
      "From a snapshot's message to its acknowledgement",
    ),
    snapshotFailures: metrics.counter("snapshot_failures_total", "Snapshots refused, by reason", ["reason"]),
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
    diskErrors: metrics.counter("disk_errors_total", "Disk operations that failed, by error code", ["code"]),
    logDropped: metrics.counter("log_lines_dropped_total", "Lines for run.log that could not be written"),
  };
}
