/** The dashboard of the whole cluster: the connected actors, the runs, the evaluator's work and the network traffic. */

import { board, figure, graph, table } from "./panels.ts";
import { increase, mean, quantile, rate, window } from "./queries.ts";

export const clusterBoard = board({
  uid: "memnet-cluster",
  title: "memnet: the cluster",
  about: "The connected actors, what runs, what the evaluator does, and what goes over the wire.",
  choices: [],
  fields: [{ name: "page", label: "The runs' page", value: "http://localhost:8097" }],
  rows: {
    "At a glance": [
      figure({
        title: "Services",
        about: "That Prometheus reaches.",
        unit: "locale",
        query: { expr: "sum(memnet_build_info)", legend: "services" },
      }),
      figure({
        title: "Runs",
        about: "That a coordinator holds.",
        unit: "locale",
        query: { expr: "count(memnet_run_info)", legend: "runs" },
      }),
      figure({
        title: "Trainers in a run",
        about: "Of all runs.",
        unit: "locale",
        query: { expr: "sum(run:memnet_trainers:sum)", legend: "trainers" },
      }),
      figure({
        title: "Sequences per second",
        about: "Of all runs, over the last minute.",
        unit: "locale",
        decimals: 0,
        query: { expr: "sum(run:memnet_sequences:rate1m)", legend: "sequences/s" },
      }),
      figure({
        title: "Evaluations due",
        about: "Steps that wait to be measured.",
        unit: "locale",
        query: { expr: "sum(memnet_evaluations_due)", legend: "due" },
      }),
      figure({
        title: "Alerts",
        about: "That are firing.",
        unit: "locale",
        thresholds: [
          { from: 0, color: "green" },
          { from: 1, color: "red" },
        ],
        query: {
          expr: 'count(ALERTS{alertname=~"Memnet.*", alertstate="firing"}) or vector(0)',
          legend: "firing",
        },
      }),
    ],
    Runs: [
      table({
        title: "Runs under way",
        about: "Click a name for the run's board or its page. The address of the page is at the top.",
        by: {
          label: "run",
          title: "Run",
          links: [
            { title: `Board of \${__value.text}`, url: `/d/memnet-run?var-run=\${__value.text}` },
            { title: `Page of \${__value.text}`, url: `\${page}/env/\${__value.text}` },
          ],
        },
        columns: [
          { title: "Step", expr: "max by (run) (memnet_step)", unit: "locale" },
          { title: "Of", expr: "max by (run) (memnet_run_steps)", unit: "locale" },
          { title: "Steps per second", expr: "max by (run) (run:memnet_steps:rate1m)", unit: "locale" },
          { title: "Trainers", expr: "max by (run) (run:memnet_trainers:sum)", unit: "locale" },
          { title: "Best wrong bits", expr: "max by (run) (memnet_best_wrong_bits)", unit: "locale" },
          {
            title: "Age of the checkpoint",
            expr: "max by (run) (run:memnet_checkpoint_age_seconds:max)",
            unit: "s",
          },
        ],
      }),
      graph({
        title: "Steps per second",
        about: "By run, over the last minute.",
        unit: "locale",
        queries: [{ expr: "run:memnet_steps:rate1m", legend: "{{run}}" }],
      }),
      graph({
        title: "A step",
        about: "Mean seconds by run, over the last minute.",
        unit: "s",
        queries: [{ expr: "run:memnet_step_seconds:mean1m", legend: "{{run}}" }],
      }),
      graph({
        title: "Waiting for trainers",
        about:
          "The part of a step in which the coordinator waits, seconds by run: more trainers make it shorter.",
        unit: "s",
        queries: [{ expr: 'run_phase:memnet_step_phase_seconds:mean1m{phase="wait"}', legend: "{{run}}" }],
      }),
      graph({
        title: "Events",
        about: "What coordinators told of their runs: trainers that come and go, faults, ends.",
        unit: "locale",
        queries: [{ expr: increase("memnet_run_events_total", "event"), legend: "{{event}}" }],
      }),
    ],
    Sweeps: [
      graph({
        title: "Runs by state",
        about: "Those that had not ended when the evaluator started, and all since.",
        unit: "locale",
        stacked: true,
        queries: [{ expr: "sum by (state) (memnet_runs)", legend: "{{state}}" }],
      }),
      graph({
        title: "The queue",
        about: "Runs that wait for a worker, and those that one has.",
        unit: "locale",
        stacked: true,
        queries: [{ expr: "max by (kind, state) (memnet_queue_runs)", legend: "{{state}}, {{kind}}" }],
      }),
      graph({
        title: "Workers",
        about: "Runs that they can train at the same time, and those that they train.",
        unit: "locale",
        queries: [
          { expr: "sum by (kind) (memnet_worker_lanes)", legend: "room, {{kind}}" },
          { expr: "sum by (kind) (memnet_worker_busy_lanes)", legend: "busy, {{kind}}" },
        ],
      }),
      graph({
        title: "Runs that workers took",
        about: "In the last minute, by how they ended for the worker.",
        unit: "locale",
        queries: [{ expr: increase("memnet_worker_runs_total", "end"), legend: "{{end}}" }],
      }),
    ],
    Services: [
      graph({
        title: "Connected actors",
        about: "By service.",
        unit: "locale",
        queries: [{ expr: "sum by (service) (memnet_build_info)", legend: "{{service}}" }],
      }),
      graph({
        title: "Versions",
        about: "Services by memnet's and Node.js' version.",
        unit: "locale",
        queries: [
          {
            expr: "sum by (version, node) (memnet_build_info)",
            legend: "memnet {{version}}, Node.js {{node}}",
          },
        ],
      }),
      graph({
        title: "Processor",
        about: "Cores in use, by service.",
        unit: "locale",
        stacked: true,
        queries: [{ expr: rate("memnet_process_cpu_seconds_total", "service"), legend: "{{service}}" }],
      }),
      graph({
        title: "Memory",
        about: "Resident, by service.",
        unit: "bytes",
        stacked: true,
        queries: [{ expr: "sum by (service) (memnet_process_resident_memory_bytes)", legend: "{{service}}" }],
      }),
    ],
    "Batches and evaluations": [
      graph({
        title: "Batches",
        about: "Per second: those that data-envs made and those used, by who made them.",
        unit: "locale",
        queries: [
          { expr: rate("memnet_batches_made_total", "service"), legend: "made by data-envs" },
          { expr: rate("memnet_batches_total", "source"), legend: "used, made by {{source}}" },
        ],
      }),
      graph({
        title: "Making batches",
        about: "From a request to its answer.",
        unit: "s",
        queries: [
          { expr: quantile(0.5, "memnet_batch_seconds", "", "service"), legend: "median" },
          { expr: quantile(0.99, "memnet_batch_seconds", "", "service"), legend: "99 of 100" },
        ],
      }),
      graph({
        title: "Keeping a snapshot",
        about: "From its message to its acknowledgement, mean.",
        unit: "s",
        queries: [{ expr: mean("memnet_snapshot_seconds", "", "service"), legend: "mean" }],
      }),
      graph({
        title: "Measuring a step",
        about: "Mean seconds.",
        unit: "s",
        queries: [{ expr: mean("memnet_evaluation_seconds", "", "service"), legend: "mean" }],
      }),
      graph({
        title: "Bytes of checkpoints",
        about: "Written per second.",
        unit: "Bps",
        queries: [{ expr: rate("memnet_checkpoint_bytes_total", "service"), legend: "written" }],
      }),
      graph({
        title: "Checkpoints",
        about: "Written, of all runs.",
        unit: "locale",
        queries: [{ expr: increase("memnet_checkpoints_written_total", "service"), legend: "checkpoints" }],
      }),
      graph({
        title: "What failed",
        about: "Snapshots refused by reason, disk errors by code, evaluations that are repeated.",
        unit: "locale",
        queries: [
          { expr: increase("memnet_snapshot_failures_total", "reason"), legend: "snapshot {{reason}}" },
          { expr: increase("memnet_disk_errors_total", "code"), legend: "disk {{code}}" },
          { expr: increase("memnet_evaluation_failures_total", "service"), legend: "evaluations" },
          { expr: increase("memnet_log_lines_dropped_total", "service"), legend: "log lines" },
        ],
      }),
    ],
    "On the wire": [
      graph({
        title: "Messages",
        about: "Sent per second, by kind.",
        unit: "locale",
        queries: [{ expr: rate('memnet_messages_total{direction="out"}', "kind"), legend: "{{kind}}" }],
      }),
      graph({
        title: "Bytes",
        about: "Sent per second, by kind.",
        unit: "Bps",
        queries: [{ expr: rate('memnet_message_bytes_total{direction="out"}', "kind"), legend: "{{kind}}" }],
      }),
      graph({
        title: "Round trip to NATS",
        about: "Mean seconds, by service.",
        unit: "s",
        queries: [{ expr: mean("memnet_bus_round_trip_seconds", "", "service"), legend: "{{service}}" }],
      }),
      graph({
        title: "Trouble with NATS",
        about: "Messages not sent, connections made anew, messages rejected, errors that NATS reported.",
        unit: "locale",
        queries: [
          { expr: increase("memnet_bus_dropped_total", "reason"), legend: "not sent: {{reason}}" },
          { expr: increase("memnet_bus_reconnects_total", "service"), legend: "reconnects {{service}}" },
          {
            expr: `sum(increase(memnet_messages_rejected_total[${window}])) or vector(0)`,
            legend: "rejected",
          },
          { expr: increase("memnet_bus_server_errors_total", "service"), legend: "errors {{service}}" },
        ],
      }),
    ],
  },
});
