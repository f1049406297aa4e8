/** The trainer's figures for Prometheus. */

import type { Clock, Metrics } from "@memnet/service";

export function trainerMetrics(metrics: Metrics, clock: Clock) {
  const wait = metrics.histogram(
    "trainer_wait_seconds",
    "Waiting with nothing to compute: for new parameters with work, or for the batches of a node",
    ["for"],
  );
  const publish = metrics.histogram("gradient_publish_seconds", "Hashing and publishing one node's gradient");
  return {
    compute: metrics.histogram("gradient_compute_seconds", "One node's gradient on the engine"),
    late: metrics.counter("late_results_total", "Results that were not sent, for newer parameters had come"),
    /** Observes how long it takes until what is waited for is there. */
    async waited<T>(what: "parameters" | "batches", coming: Promise<T>): Promise<T> {
      const since = clock.now();
      const come = await coming;
      wait.observe({ for: what }, (clock.now() - since) / 1000);
      return come;
    },
    /** @param since when the engine was done */
    published(since: number): void {
      publish.observe((clock.now() - since) / 1000);
    },
  };
}
export type TrainerMetrics = ReturnType<typeof trainerMetrics>;
