/** The dashboard of one run: how well it learns, where a step's time goes, what has failed, and what is kept. */

import { board, figure, graph, namespaceChoice } from "./panels.ts";
import { increase, mean, quantile, rate, window } from "./queries.ts";

const of = '{namespace=~"$namespace", run=~"$run"}';
const ofTraining = '{namespace=~"$namespace", run=~"$run", split="training"}';
/** Files and metrics have nats; a reader is shown bits. */
const bitsPerNat = "1.4426950408889634";

export const runBoard = board({
  uid: "memnet-run",
  title: "memnet: a run",
  about: "How well a run learns, where a step's time goes, what went wrong, and what is kept.",
  choices: [
    namespaceChoice,
    {
      name: "run",
      label: "Run",
      // The newest first.
      values:
        'query_result(sort_desc(max by (run) (memnet_run_opened_timestamp_seconds{namespace=~"$namespace"})))',
      regex: '/run="([^"]+)"/',
      multi: true,
    },
  ],
  marks: [
    {
      name: "New coordinator",
      expr: `max by (namespace, run) (memnet_epoch${of}) > max by (namespace, run) (memnet_epoch${of} offset ${window})`,
      title: "{{run}} {{namespace}}: another coordinator",
      color: "blue",
      shown: true,
    },
    {
      name: "Faults",
      expr: `sum by (namespace, run, fault) (increase(memnet_recovery_seconds_count${of}[${window}])) > 0`,
      title: "{{run}} {{namespace}}: recovered from a fault of the {{fault}}",
      color: "red",
      shown: true,
    },
    {
      name: "Checkpoints",
      expr: `max by (namespace, run) (changes(memnet_checkpoint_last_success_timestamp_seconds${of}[${window}])) > 0`,
      title: "{{run}} {{namespace}}: checkpoint",
      color: "green",
      shown: false,
    },
  ],
  rows: {
    "At a glance": [
      figure({
        title: "Step",
        about: "Steps taken.",
        unit: "locale",
        query: { expr: `max by (namespace, run) (memnet_step${of})`, legend: "{{run}} {{namespace}}" },
      }),
      figure({
        title: "Done",
        about: "Share of the steps that the run is to take.",
        unit: "percentunit",
        decimals: 1,
        query: {
          expr: `max by (namespace, run) (memnet_step${of}) / max by (namespace, run) (memnet_run_steps${of})`,
          legend: "{{run}} {{namespace}}",
        },
      }),
      figure({
        title: "Steps per second",
        about: "Over the last minute.",
        unit: "locale",
        decimals: 1,
        query: {
          expr: `max by (namespace, run) (namespace_run:memnet_steps:rate1m${of})`,
          legend: "{{run}} {{namespace}}",
        },
      }),
      figure({
        title: "Time left",
        about: "At the pace of the last minute.",
        unit: "s",
        query: {
          expr: `(max by (namespace, run) (memnet_run_steps${of}) - max by (namespace, run) (memnet_step${of})) / (max by (namespace, run) (namespace_run:memnet_steps:rate1m${of}) > 0)`,
          legend: "{{run}} {{namespace}}",
        },
      }),
      figure({
        title: "Trainers",
        about: "Connected trainers.",
        unit: "locale",
        thresholds: [
          { from: 0, color: "red" },
          { from: 1, color: "green" },
        ],
        query: {
          expr: `max by (namespace, run) (namespace_run:memnet_trainers:sum${of})`,
          legend: "{{run}} {{namespace}}",
        },
      }),
      figure({
        title: "Best wrong bits",
        about: "Per validation sequence, at the best step so far. Below 0.1 the task counts as solved.",
        unit: "locale",
        decimals: 2,
        query: {
          expr: `max by (namespace, run) (memnet_best_bit_errors${of})`,
          legend: "{{run}} {{namespace}}",
        },
      }),
      figure({
        title: "Steps since the best",
        about: "Many of them in a long run mean that it no longer improves.",
        unit: "locale",
        query: {
          expr: `max by (namespace, run) (memnet_step${of}) - max by (namespace, run) (memnet_best_step${of})`,
          legend: "{{run}} {{namespace}}",
        },
      }),
      figure({
        title: "Epoch",
        about: "One more for each coordinator that has opened the run.",
        unit: "locale",
        query: { expr: `max by (namespace, run) (memnet_epoch${of})`, legend: "{{run}} {{namespace}}" },
      }),
      figure({
        title: "Age of the last checkpoint",
        about: "A crash now would lose this much work, which would be done again.",
        unit: "s",
        thresholds: [
          { from: 300, color: "orange" },
          { from: 900, color: "red" },
        ],
        query: {
          expr: `max by (namespace, run) (namespace_run:memnet_checkpoint_age_seconds:max${of})`,
          legend: "{{run}} {{namespace}}",
        },
      }),
    ],
    Learning: [
      graph({
        title: "Loss",
        about: "Bits per sequence: of each training step, and of evaluations by split.",
        unit: "locale",
        logarithmic: true,
        queries: [
          {
            expr: `${bitsPerNat} * max by (namespace, run, split) (memnet_loss_nats${of})`,
            legend: "{{run}} {{split}} {{namespace}}",
          },
        ],
      }),
      graph({
        title: "Wrong bits",
        about: "Per sequence, by split; names like length-20 are sizes beyond training.",
        unit: "locale",
        queries: [
          {
            expr: `max by (namespace, run, split) (memnet_bit_errors${of})`,
            legend: "{{run}} {{split}} {{namespace}}",
          },
        ],
      }),
      graph({
        title: "Exact sequences",
        about: "Share of sequences without a wrong bit, by split.",
        unit: "percentunit",
        max: 1,
        queries: [
          {
            expr: `max by (namespace, run, split) (memnet_exact_sequences_ratio${of})`,
            legend: "{{run}} {{split}} {{namespace}}",
          },
        ],
      }),
      graph({
        title: "Gradient norm",
        about: "Of the last step, before clipping.",
        unit: "locale",
        logarithmic: true,
        queries: [
          { expr: `max by (namespace, run) (memnet_gradient_norm${of})`, legend: "{{run}} {{namespace}}" },
        ],
      }),
      graph({
        title: "Loss spikes",
        about:
          "Training loss over its median of the last ten minutes. Near 1 while training is steady; a peak is a spike.",
        unit: "locale",
        queries: [
          {
            expr: `max by (namespace, run) (memnet_loss_nats${ofTraining}) / max by (namespace, run) (quantile_over_time(0.5, memnet_loss_nats${ofTraining}[10m]))`,
            legend: "{{run}} {{namespace}}",
          },
        ],
      }),
      graph({
        title: "Steps clipped or skipped",
        about: "Steps whose gradient was clipped, and those that made no update because it was not finite.",
        unit: "locale",
        queries: [
          {
            expr: `max by (namespace, run) (increase(memnet_clipped_steps_total${of}[${window}]))`,
            legend: "{{run}} clipped {{namespace}}",
          },
          {
            expr: `max by (namespace, run) (increase(memnet_non_finite_steps_total${of}[${window}]))`,
            legend: "{{run}} not finite {{namespace}}",
          },
        ],
      }),
    ],
    "Where a step's time goes": [
      graph({
        title: "Phases of a step",
        about: "Mean seconds: waiting for the trainers, adding, updating, sending the parameters.",
        unit: "s",
        stacked: true,
        queries: [{ expr: mean("memnet_step_phase_seconds", of, "phase"), legend: "{{phase}}" }],
      }),
      graph({
        title: "A step",
        about: "From its broadcast to its update: half of the steps are faster than the median.",
        unit: "s",
        queries: [
          { expr: quantile(0.5, "memnet_step_seconds", of, "namespace, run"), legend: "median" },
          { expr: quantile(0.99, "memnet_step_seconds", of, "namespace, run"), legend: "99 of 100" },
          {
            expr: quantile(0.5, "memnet_step_first_result_seconds", of, "namespace, run"),
            legend: "first result, median",
          },
        ],
      }),
      graph({
        title: "A trainer's time",
        about: "Mean seconds for a node: computing it, publishing it, waiting for parameters or batches.",
        unit: "s",
        queries: [
          { expr: mean("memnet_gradient_compute_seconds", of, "instance"), legend: "compute {{instance}}" },
          { expr: mean("memnet_gradient_publish_seconds", of, "instance"), legend: "publish {{instance}}" },
          { expr: mean("memnet_trainer_wait_seconds", of, "for"), legend: "wait for {{for}}" },
        ],
      }),
      graph({
        title: "Sequences per second",
        about: "What the run trains on.",
        unit: "locale",
        queries: [{ expr: rate(`memnet_sequences_total${of}`, "namespace, run"), legend: "sequences/s" }],
      }),
    ],
    "What went wrong": [
      graph({
        title: "Results of nodes",
        about: "Per second, by what became of them; all but accepted are work done twice or for nothing.",
        unit: "locale",
        queries: [{ expr: rate(`memnet_nodes_total${of}`, "result"), legend: "{{result}}" }],
      }),
      graph({
        title: "Nodes given out again",
        about: "By reason. Some duplicates near a step's end are usual.",
        unit: "locale",
        queries: [{ expr: increase(`memnet_reissues_total${of}`, "reason"), legend: "{{reason}}" }],
      }),
      graph({
        title: "Trainers",
        about: "Connected trainers by what they do, and how many the configuration asks for.",
        unit: "locale",
        queries: [
          {
            expr: `max by (namespace, run, state) (memnet_trainers${of})`,
            legend: "{{run}} {{state}} {{namespace}}",
          },
          {
            expr: `max by (namespace, run) (memnet_trainers_wanted${of})`,
            legend: "{{run}} wanted {{namespace}}",
          },
        ],
      }),
      graph({
        title: "Trouble with trainers",
        about: "Trainers that went silent or were refused, and results that differed.",
        unit: "locale",
        queries: [
          {
            expr: increase(`memnet_trainers_lost_total${of}`, "namespace, run"),
            legend: "{{run}} lost {{namespace}}",
          },
          {
            expr: increase(`memnet_trainers_refused_total${of}`, "namespace, run"),
            legend: "{{run}} refused {{namespace}}",
          },
          {
            expr: increase(`memnet_mismatches_total${of}`, "namespace, run"),
            legend: "{{run}} differing results {{namespace}}",
          },
        ],
      }),
      graph({
        title: "Recovery",
        about: "Mean seconds from noticing a fault to the next step taken, by what was at fault.",
        unit: "s",
        queries: [{ expr: mean("memnet_recovery_seconds", of, "fault"), legend: "{{fault}}" }],
      }),
    ],
    "What is kept": [
      graph({
        title: "Snapshots",
        about: "Snapshots that the evaluator has not acknowledged; at two the run waits.",
        unit: "locale",
        queries: [
          {
            expr: `max by (namespace, run) (memnet_snapshots_waiting${of})`,
            legend: "{{run}} {{namespace}}",
          },
        ],
      }),
      graph({
        title: "Late results",
        about: "Results that trainers computed and the run no longer needed.",
        unit: "locale",
        queries: [
          {
            expr: increase(`memnet_late_results_total${of}`, "namespace, run"),
            legend: "{{run}} {{namespace}}",
          },
        ],
      }),
      graph({
        title: "Checkpoint",
        about: "Bytes of the newest one.",
        unit: "bytes",
        queries: [
          {
            expr: `max by (namespace, run) (memnet_checkpoint_size_bytes${of})`,
            legend: "{{run}} {{namespace}}",
          },
        ],
      }),
    ],
  },
});
