/** The trainer's figures for Prometheus. */

import type { Metrics } from "@memnet/service";

export function trainerMetrics(metrics: Metrics) {
  return {
    compute: metrics.histogram("compute_seconds", "One node's gradient on the engine"),
    late: metrics.counter("late_results_total", "Results that were not sent, for newer parameters had come"),
  };
}
export type TrainerMetrics = ReturnType<typeof trainerMetrics>;
