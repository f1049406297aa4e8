/** The trainer's Prometheus metrics. */

import { type Clock, fromZero, type Metrics } from "@memnet/service";

/** Returns the metrics of one trainer in one run. */
export function trainerMetrics(metrics: Metrics, clock: Clock, run: string) {
  const of = ["run"] as const;
  const wait = metrics.histogram(
    "trainer_wait_seconds",
    "Waiting with nothing to compute: for new parameters with work, or for the batches of a node",
    [...of, "for"],
  );
  const publish = metrics
    .histogram("gradient_publish_seconds", "Hashing and publishing one node's gradient", of)
    .labels({ run });
  const late = fromZero(
    metrics.counter("late_results_total", "Results that were not sent, for newer parameters had come", of),
    [{ run }],
  ).labels({ run });
  return {
    late,
    compute: metrics
      .histogram("gradient_compute_seconds", "One node's gradient on the engine", of)
      .labels({ run }),
    /** Awaits a promise and observes how long that took. */
    async waited<T>(what: "parameters" | "batches", coming: Promise<T>): Promise<T> {
      const since = clock.now();
      const come = await coming;
      wait.observe({ run, for: what }, (clock.now() - since) / 1000);
      return come;
    },
    /** Drops the run's series. */
    end: () => metrics.forget("run", run),
    /** @param since when the engine finished */
    published(since: number): void {
      publish.observe((clock.now() - since) / 1000);
    },
  };
}
export type TrainerMetrics = ReturnType<typeof trainerMetrics>;
