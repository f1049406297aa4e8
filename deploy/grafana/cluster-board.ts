/** The dashboard of the whole cluster: the connected actors, the runs, the evaluator's work and the network traffic. */

import { board, figure, graph, namespaceChoice, table } from "./panels.ts";
import { increase, mean, quantile, rate, window } from "./queries.ts";

const of = '{namespace=~"$namespace"}';
/** As in rules/slo.yml and docs/operations.md. */
const serviceLevels = [
  {
    title: "Training",
    about: "Share of the time in which runs under way took a step within a minute.",
    metric: "memnet_training",
    objective: 0.99,
  },
  {
    title: "Fresh checkpoints",
    about: "Share of the time in which a crash would have lost less than half an hour.",
    metric: "memnet_checkpoint_fresh",
    objective: 0.999,
  },
  {
    title: "Connected",
    about: "Share of the services' time in which they were connected to NATS.",
    metric: "memnet_connected",
    objective: 0.999,
  },
];
const ofSent = '{namespace=~"$namespace", direction="out"}';

export const clusterBoard = board({
  uid: "memnet-cluster",
  title: "memnet: the cluster",
  about: "The connected actors, what runs, what the evaluator does, and what goes over the wire.",
  choices: [namespaceChoice],
  fields: [{ name: "page", label: "The runs' page", value: "http://localhost:8097" }],
  rows: {
    "At a glance": [
      figure({
        title: "Services",
        about: "That Prometheus reaches.",
        unit: "locale",
        query: { expr: `sum(memnet_build_info${of})`, legend: "services" },
      }),
      figure({
        title: "Runs",
        about: "That a coordinator holds.",
        unit: "locale",
        query: { expr: `count(memnet_run_info${of})`, legend: "runs" },
      }),
      figure({
        title: "Trainers in a run",
        about: "Of all runs.",
        unit: "locale",
        query: { expr: `sum(namespace_run:memnet_trainers:sum${of})`, legend: "trainers" },
      }),
      figure({
        title: "Sequences per second",
        about: "Of all runs, over the last minute.",
        unit: "locale",
        decimals: 0,
        query: { expr: `sum(namespace_run:memnet_sequences:rate1m${of})`, legend: "sequences/s" },
      }),
      figure({
        title: "Evaluations due",
        about: "Steps that wait to be measured.",
        unit: "locale",
        query: { expr: `sum(memnet_evaluations_due${of})`, legend: "due" },
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
          expr: 'count(ALERTS{alertname=~"Memnet.*", alertstate="firing", namespace=~"$namespace"}) or vector(0)',
          legend: "firing",
        },
      }),
    ],
    Runs: [
      table({
        title: "Runs under way",
        about: "Click a name for the run's board or its page. The address of the page is at the top.",
        by: {
          labels: { run: "Run", namespace: "Namespace" },
          links: [
            {
              title: `Board of \${__value.text}`,
              url: `/d/memnet-run?var-run=\${__value.text}&var-namespace=\${__data.fields.namespace}`,
            },
            { title: `Page of \${__value.text}`, url: `\${page}/env/\${__value.text}` },
          ],
        },
        columns: [
          { title: "Step", expr: `max by (namespace, run) (memnet_step${of})`, unit: "locale" },
          { title: "Of", expr: `max by (namespace, run) (memnet_run_steps${of})`, unit: "locale" },
          {
            title: "Steps per second",
            expr: `max by (namespace, run) (namespace_run:memnet_steps:rate1m${of})`,
            unit: "locale",
          },
          {
            title: "Trainers",
            expr: `max by (namespace, run) (namespace_run:memnet_trainers:sum${of})`,
            unit: "locale",
          },
          {
            title: "Best wrong bits",
            expr: `max by (namespace, run) (memnet_best_bit_errors${of})`,
            unit: "locale",
          },
          {
            title: "Age of the checkpoint",
            expr: `max by (namespace, run) (namespace_run:memnet_checkpoint_age_seconds:max${of})`,
            unit: "s",
          },
        ],
      }),
      graph({
        title: "Steps per second",
        about: "By run, over the last minute.",
        unit: "locale",
        queries: [{ expr: `namespace_run:memnet_steps:rate1m${of}`, legend: "{{run}} {{namespace}}" }],
      }),
      graph({
        title: "A step",
        about: "Mean seconds by run, over the last minute.",
        unit: "s",
        queries: [{ expr: `namespace_run:memnet_step_seconds:mean1m${of}`, legend: "{{run}} {{namespace}}" }],
      }),
      graph({
        title: "Waiting for trainers",
        about:
          "The part of a step in which the coordinator waits, seconds by run: more trainers make it shorter.",
        unit: "s",
        queries: [
          {
            expr: 'namespace_run_phase:memnet_step_phase_seconds:mean1m{namespace=~"$namespace", phase="wait"}',
            legend: "{{run}} {{namespace}}",
          },
        ],
      }),
      graph({
        title: "Events",
        about: "What coordinators told of their runs: trainers that come and go, faults, ends.",
        unit: "locale",
        queries: [{ expr: increase(`memnet_run_events_total${of}`, "event"), legend: "{{event}}" }],
      }),
    ],
    "Service levels": [
      ...serviceLevels.map(({ title, about, metric, objective }) =>
        figure({
          title,
          about: `${about} Over 30 days, or as long as Prometheus remembers. The objective is ${objective * 100} %.`,
          unit: "percentunit",
          decimals: 2,
          width: 8,
          thresholds: [
            { from: 0, color: "red" },
            { from: objective, color: "green" },
          ],
          query: { expr: `namespace:${metric}:ratio30d${of}`, legend: "{{namespace}}" },
        }),
      ),
      graph({
        title: "Service levels, by the hour",
        about: "Shares of the last hour.",
        unit: "percentunit",
        max: 1,
        queries: serviceLevels.map(({ title, metric }) => ({
          expr: `namespace:${metric}:ratio1h${of}`,
          legend: `${title} {{namespace}}`,
        })),
      }),
      graph({
        title: "Recovery within 8 seconds",
        about:
          "Share of the faults of the last day after which the next step was taken within some 8 seconds.",
        unit: "percentunit",
        max: 1,
        queries: [{ expr: `namespace:memnet_recovered_in_8s:ratio1d${of}`, legend: "{{namespace}}" }],
      }),
    ],
    Sweeps: [
      graph({
        title: "Runs by state",
        about: "Those that had not ended when the evaluator started, and all since.",
        unit: "locale",
        stacked: true,
        queries: [{ expr: `sum by (state) (memnet_runs${of})`, legend: "{{state}}" }],
      }),
      graph({
        title: "The queue",
        about: "Runs that wait for a worker, and those that one has.",
        unit: "locale",
        stacked: true,
        queries: [
          {
            expr: `sum by (kind, state) (max by (namespace, kind, state) (memnet_queue_runs${of}))`,
            legend: "{{state}}, {{kind}}",
          },
        ],
      }),
      graph({
        title: "Workers",
        about: "Runs that they can train at the same time, and those that they train.",
        unit: "locale",
        queries: [
          { expr: `sum by (kind) (memnet_worker_lanes${of})`, legend: "room, {{kind}}" },
          { expr: `sum by (kind) (memnet_worker_busy_lanes${of})`, legend: "busy, {{kind}}" },
        ],
      }),
      graph({
        title: "Runs that workers took",
        about: "In the last minute, by how they ended for the worker.",
        unit: "locale",
        queries: [{ expr: increase(`memnet_worker_runs_total${of}`, "end"), legend: "{{end}}" }],
      }),
    ],
    Services: [
      graph({
        title: "Connected actors",
        about: "By service.",
        unit: "locale",
        queries: [{ expr: `sum by (service) (memnet_build_info${of})`, legend: "{{service}}" }],
      }),
      graph({
        title: "Versions",
        about: "Services by memnet's and Node.js' version.",
        unit: "locale",
        queries: [
          {
            expr: `sum by (version, node) (memnet_build_info${of})`,
            legend: "memnet {{version}}, Node.js {{node}}",
          },
        ],
      }),
      graph({
        title: "Processor",
        about: "Cores in use, by service.",
        unit: "locale",
        stacked: true,
        queries: [{ expr: rate(`memnet_process_cpu_seconds_total${of}`, "service"), legend: "{{service}}" }],
      }),
      graph({
        title: "Memory",
        about: "Resident, by service.",
        unit: "bytes",
        stacked: true,
        queries: [
          { expr: `sum by (service) (memnet_process_resident_memory_bytes${of})`, legend: "{{service}}" },
        ],
      }),
    ],
    "Batches and evaluations": [
      graph({
        title: "Batches",
        about: "Per second: those that data-envs made and those used, by who made them.",
        unit: "locale",
        queries: [
          { expr: rate(`memnet_batches_made_total${of}`, "service"), legend: "made by data-envs" },
          { expr: rate(`memnet_batches_total${of}`, "source"), legend: "used, made by {{source}}" },
        ],
      }),
      graph({
        title: "Making batches",
        about: "From a request to its answer.",
        unit: "s",
        queries: [
          { expr: quantile(0.5, "memnet_batch_seconds", of, "service"), legend: "median" },
          { expr: quantile(0.99, "memnet_batch_seconds", of, "service"), legend: "99 of 100" },
        ],
      }),
      graph({
        title: "Keeping a snapshot",
        about: "From its message to its acknowledgement, mean.",
        unit: "s",
        queries: [{ expr: mean("memnet_snapshot_seconds", of, "service"), legend: "mean" }],
      }),
      graph({
        title: "Measuring a step",
        about: "Mean seconds.",
        unit: "s",
        queries: [{ expr: mean("memnet_evaluation_seconds", of, "service"), legend: "mean" }],
      }),
      graph({
        title: "Bytes of checkpoints",
        about: "Written per second.",
        unit: "Bps",
        queries: [{ expr: rate(`memnet_checkpoint_bytes_total${of}`, "service"), legend: "written" }],
      }),
      graph({
        title: "Checkpoints",
        about: "Written, of all runs.",
        unit: "locale",
        queries: [
          { expr: increase(`memnet_checkpoints_written_total${of}`, "service"), legend: "checkpoints" },
        ],
      }),
      graph({
        title: "What failed",
        about: "Snapshots refused by reason, disk errors by code, evaluations that are repeated.",
        unit: "locale",
        queries: [
          { expr: increase(`memnet_snapshot_failures_total${of}`, "reason"), legend: "snapshot {{reason}}" },
          { expr: increase(`memnet_disk_errors_total${of}`, "code"), legend: "disk {{code}}" },
          { expr: increase(`memnet_evaluation_failures_total${of}`, "service"), legend: "evaluations" },
          { expr: increase(`memnet_log_lines_dropped_total${of}`, "service"), legend: "log lines" },
        ],
      }),
    ],
    "On the wire": [
      graph({
        title: "Messages",
        about: "Sent per second, by kind.",
        unit: "locale",
        queries: [{ expr: rate(`memnet_messages_total${ofSent}`, "kind"), legend: "{{kind}}" }],
      }),
      graph({
        title: "Bytes",
        about: "Sent per second, by kind.",
        unit: "Bps",
        queries: [{ expr: rate(`memnet_message_bytes_total${ofSent}`, "kind"), legend: "{{kind}}" }],
      }),
      graph({
        title: "Round trip to NATS",
        about: "Mean seconds, by service.",
        unit: "s",
        queries: [{ expr: mean("memnet_bus_round_trip_seconds", of, "service"), legend: "{{service}}" }],
      }),
      graph({
        title: "Trouble with NATS",
        about: "Messages not sent, connections made again, messages rejected, errors that NATS reported.",
        unit: "locale",
        queries: [
          { expr: increase(`memnet_bus_dropped_total${of}`, "reason"), legend: "not sent: {{reason}}" },
          { expr: increase(`memnet_bus_reconnects_total${of}`, "service"), legend: "reconnects {{service}}" },
          {
            expr: `sum(increase(memnet_messages_rejected_total${of}[${window}])) or vector(0)`,
            legend: "rejected",
          },
          { expr: increase(`memnet_bus_server_errors_total${of}`, "service"), legend: "errors {{service}}" },
        ],
      }),
    ],
  },
});
