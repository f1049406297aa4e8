/** The coordinator's Prometheus metrics. All of them belong to one run and are dropped with it. */

import { fromZero, type Metrics } from "@memnet/service";
import type { RunConfig, StepRecord } from "memnet";
import { reissueReasons, resultVerdicts } from "./core/events.ts";
import { type Fault, faults, type StepPhases, stepPhases } from "./step-timer.ts";

export function coordinatorMetrics(metrics: Metrics, run: string, { training, operation }: RunConfig) {
  const of = ["run"] as const;
  const gauge = (name: string, help: string) => metrics.gauge(name, help, of).labels({ run });
  const histogram = (name: string, help: string) => metrics.histogram(name, help, of).labels({ run });
  const counter = (name: string, help: string) =>
    fromZero(metrics.counter(name, help, of), [{ run }]).labels({ run });
  const counters = (name: string, help: string, label: string, values: readonly string[]) => {
    const labels = (value: string) => ({ run, [label]: value });
    const made = fromZero(metrics.counter(name, help, [...of, label]), values.map(labels));
    return (value: string) => made.inc(labels(value));
  };

  metrics
    .gauge("run_info", "1; what the run trains", [...of, "model", "task", "optimizer", "engine", "seed"])
    .set(
      {
        run,
        model: training.model,
        task: training.task.name,
        optimizer: training.optimizer.kind,
        engine: training.engine,
        seed: String(training.seed),
      },
      1,
    );
  const opened = gauge("run_opened_timestamp_seconds", "When this coordinator opened the run");
  gauge("run_steps", "Steps that the run is to take").set(operation.steps);
  gauge("trainers_wanted", "Trainers that the run is to have, by its configuration").set(operation.trainers);
  const step = gauge("step", "Steps taken");
  const loss = metrics.gauge("loss_nats", "Mean loss in nats per sequence, by split", [...of, "split"]);
  const norm = gauge("gradient_norm", "Norm of the last mean gradient before clipping");
  const sequences = counter("sequences_total", "Sequences trained on");
  const steps = counter("steps_total", "Steps taken by this process");
  const nonFinite = counter("non_finite_steps_total", "Steps that made no update, for they were not finite");
  const clipped = counter("clipped_steps_total", "Steps whose gradient was longer than it may be");
  const seconds = histogram("step_seconds", "From a step's broadcast to its update");
  const phase = metrics.histogram(
    "step_phase_seconds",
    "Phases of a step: waiting for the trainers, adding, updating; hashing and sending the parameters",
    [...of, "phase"],
  );
  const firstResult = histogram(
    "step_first_result_seconds",
    "From a step's broadcast to its first result: a part of phase wait",
  );
  const audits = counter("audited_steps_total", "Steps that were computed twice, by different trainers");
  const audited = gauge("audited_step", "The last step that was computed twice");
  audited.set(0);
  const trainers = metrics.gauge("trainers", "Trainers that are in, by what they do", [...of, "state"]);
  const recovery = metrics.histogram("recovery_seconds", "From noticing a fault to the next step taken", [
    ...of,
    "fault",
  ]);
  for (const fault of faults) recovery.zero({ run, fault });
  const kept = gauge(
    "checkpoint_last_success_timestamp_seconds",
    "When the evaluator last said that it keeps a snapshot; at first, when the run was opened",
  );
  return {
    step,
    epoch: gauge("epoch", "The run's epoch"),
    node: counters("nodes_total", "Results of tree nodes, by what became of them", "result", resultVerdicts),
    reissued: counters("reissues_total", "Nodes given out again, by reason", "reason", reissueReasons),
    mismatches: counter("mismatches_total", "Doubts: results of one node that differ"),
    quarantined: counter("quarantined_total", "Trainers and data-envs excluded, for they were wrong"),
    audited(at: number): void {
      audits.inc();
      audited.set(at);
    },
    refused: counter("trainers_refused_total", "Trainers refused, for they compute other bits"),
    lost: counter("trainers_lost_total", "Trainers that went silent"),
    unkept: gauge("snapshots_waiting", "Snapshots that the evaluator has not acknowledged"),
    opened: (wallMs: number) => opened.set(wallMs / 1000),
    kept: (wallMs: number) => kept.set(wallMs / 1000),
    present(all: readonly { readonly nodes: readonly string[] }[]): void {
      const computing = all.filter(({ nodes }) => nodes.length > 0).length;
      trainers.set({ run, state: "computing" }, computing);
      trainers.set({ run, state: "idle" }, all.length - computing);
    },
    recovered: (fault: Fault, took: number) => recovery.observe({ run, fault }, took),
    taken(record: StepRecord, took: number, phases: StepPhases): void {
      step.set(record.step);
      steps.inc();
      sequences.inc(training.sequencesPerStep);
      seconds.observe(took);
      for (const name of stepPhases) phase.observe({ run, phase: name }, phases[name]);
      firstResult.observe(phases.firstResult);
      if (record.loss === null || record.gradientNorm === null) {
        nonFinite.inc();
        return;
      }
      loss.set({ run, split: "training" }, record.loss);
      norm.set(record.gradientNorm);
      if (training.clip.norm > 0 && record.gradientNorm > training.clip.norm) clipped.inc();
    },
  };
}
