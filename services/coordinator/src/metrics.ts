/** The coordinator's figures for Prometheus. */

import type { Metrics } from "@memnet/service";
import type { StepRecord } from "memnet";
import type { StepPhases } from "./phases.ts";

export function coordinatorMetrics(metrics: Metrics) {
  const step = metrics.gauge("step", "Steps taken");
  const loss = metrics.gauge("training_loss_nats", "Mean loss of the last step in nats per sequence");
  const norm = metrics.gauge("gradient_norm", "Norm of the last mean gradient before clipping");
  const sequences = metrics.counter("sequences_total", "Sequences trained on");
  const steps = metrics.counter("steps_total", "Steps taken by this process");
  const nonFinite = metrics.counter(
    "non_finite_steps_total",
    "Steps that made no update, for they were not finite",
  );
  const seconds = metrics.histogram("step_seconds", "From a step's broadcast to its update");
  const phase = metrics.histogram(
    "step_phase_seconds",
    "Phases of a step: waiting for the trainers, adding, updating; hashing and sending the parameters",
    ["phase"],
  );
  const firstResult = metrics.histogram(
    "step_first_result_seconds",
    "From a step's broadcast to its first result: a part of phase wait",
  );
  return {
    step,
    epoch: metrics.gauge("epoch", "The run's epoch"),
    trainers: metrics.gauge("trainers", "Trainers that are in"),
    nodes: metrics.counter("nodes_total", "Results of tree nodes, by what became of them", ["result"]),
    reissues: metrics.counter("reissues_total", "Nodes given out once more, by reason", ["reason"]),
    compute: metrics.histogram("node_compute_seconds", "A trainer's time for one node"),
    taken(record: StepRecord, took: number, phases: StepPhases, sequenceCount: number): void {
      step.set(record.step);
      steps.inc();
      sequences.inc(sequenceCount);
      seconds.observe(took);
      for (const name of ["wait", "add", "update", "send"] as const) {
        phase.observe({ phase: name }, phases[name]);
      }
      firstResult.observe(phases.firstResult);
      if (record.loss === null || record.gradientNorm === null) {
        nonFinite.inc();
        return;
      }
      loss.set(record.loss);
      norm.set(record.gradientNorm);
    },
  };
}
