/** The dashboard of one run: how well it learns, where a step's time goes, what has failed, and what is kept. */

import { board, figure, graph } from "./panels.ts";
import { increase, mean, quantile, rate, window } from "./queries.ts";

const of = '{run="$run"}';

export const runBoard = board({
  uid: "memnet-run",
  title: "memnet: a run",
  about: "How well a run learns, where a step's time goes, what went wrong, and what is kept.",
  choices: [{ name: "run", label: "Run", values: "label_values(memnet_run_info, run)" }],
  rows: {
    "At a glance": [
      figure({
        title: "Step",
        about: "Steps taken.",
        unit: "none",
        query: { expr: `max(memnet_step${of})`, legend: "step" },
      }),
      figure({
        title: "Done",
        about: "Share of the steps that the run is to take.",
        unit: "percentunit",
        decimals: 1,
        query: { expr: `max(memnet_step${of}) / max(memnet_run_steps${of})`, legend: "done" },
      }),
      figure({
        title: "Steps per second",
        about: "Over the last minute.",
        unit: "none",
        decimals: 1,
        query: { expr: `max(run:memnet_steps:rate1m${of})`, legend: "steps/s" },
      }),
      figure({
        title: "Time left",
        about: "At the pace of the last minute.",
        unit: "s",
        query: {
          expr: `(max(memnet_run_steps${of}) - max(memnet_step${of})) / (max(run:memnet_steps:rate1m${of}) > 0)`,
          legend: "left",
        },
      }),
      figure({
        title: "Trainers",
        about: "Trainers that are in.",
        unit: "none",
        query: { expr: `max(run:memnet_trainers:sum${of})`, legend: "trainers" },
      }),
      figure({
        title: "Age of the last checkpoint",
        about: "So much work would be done again after a crash now.",
        unit: "s",
        query: { expr: `max(run:memnet_checkpoint_age_seconds:max${of})`, legend: "age" },
      }),
    ],
    Learning: [
      graph({
        title: "Loss",
        about: "Nats per sequence: of each training step, and of evaluations by split.",
        unit: "none",
        logarithmic: true,
        queries: [{ expr: `max by (split) (memnet_loss_nats${of})`, legend: "{{split}}" }],
      }),
      graph({
        title: "Wrong bits",
        about: "Per sequence, by split; names like length-20 are sizes beyond training.",
        unit: "none",
        queries: [{ expr: `max by (split) (memnet_wrong_bits${of})`, legend: "{{split}}" }],
      }),
      graph({
        title: "Exact sequences",
        about: "Share of sequences without a wrong bit, by split.",
        unit: "percentunit",
        max: 1,
        queries: [{ expr: `max by (split) (memnet_exact_sequences_ratio${of})`, legend: "{{split}}" }],
      }),
      graph({
        title: "Gradient norm",
        about: "Of the last step, before clipping; and how many steps were clipped or not finite.",
        unit: "none",
        queries: [
          { expr: `max(memnet_gradient_norm${of})`, legend: "norm" },
          {
            expr: `max(increase(memnet_clipped_steps_total${of}[${window}]))`,
            legend: "clipped steps",
          },
          {
            expr: `max(increase(memnet_non_finite_steps_total${of}[${window}]))`,
            legend: "steps not finite",
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
          { expr: quantile(0.5, "memnet_step_seconds", of, "run"), legend: "median" },
          { expr: quantile(0.99, "memnet_step_seconds", of, "run"), legend: "99 of 100" },
          {
            expr: quantile(0.5, "memnet_step_first_result_seconds", of, "run"),
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
        unit: "none",
        queries: [{ expr: rate(`memnet_sequences_total${of}`, "run"), legend: "sequences/s" }],
      }),
    ],
    "What went wrong": [
      graph({
        title: "Results of nodes",
        about: "Per second, by what became of them; all but accepted are work done twice or for nothing.",
        unit: "none",
        queries: [{ expr: rate(`memnet_nodes_total${of}`, "result"), legend: "{{result}}" }],
      }),
      graph({
        title: "Nodes given out once more",
        about: "By reason. Some duplicates near a step's end are usual.",
        unit: "none",
        queries: [{ expr: increase(`memnet_reissues_total${of}`, "reason"), legend: "{{reason}}" }],
      }),
      graph({
        title: "Who is in",
        about:
          "Trainers by what they do, beside how many the run is to have; those lost went silent. The epoch is one more for each coordinator.",
        unit: "none",
        queries: [
          { expr: `max(memnet_epoch${of})`, legend: "epoch" },
          { expr: `max by (state) (memnet_trainers${of})`, legend: "{{state}}" },
          { expr: `max(memnet_trainers_wanted${of})`, legend: "wanted" },
          { expr: increase(`memnet_trainers_lost_total${of}`, "run"), legend: "lost" },
          { expr: increase(`memnet_trainers_refused_total${of}`, "run"), legend: "refused" },
          { expr: increase(`memnet_mismatches_total${of}`, "run"), legend: "differing results" },
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
        about:
          "Those on their way to the evaluator; at two the run waits. Late results were of no use any more.",
        unit: "none",
        queries: [
          { expr: `max(memnet_snapshots_waiting${of})`, legend: "waiting" },
          { expr: increase(`memnet_late_results_total${of}`, "run"), legend: "late results" },
        ],
      }),
      graph({
        title: "Checkpoint",
        about: "Bytes of the newest one.",
        unit: "bytes",
        queries: [{ expr: `max(memnet_checkpoint_size_bytes${of})`, legend: "size" }],
      }),
    ],
  },
});
