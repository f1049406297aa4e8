/** The dashboard of one process of any service: its use of the machine, its queues and its messages. */

import { board, figure, graph, namespaceChoice } from "./panels.ts";
import { increase, mean, rate } from "./queries.ts";

const of = '{instance="$instance"}';

export const serviceBoard = board({
  uid: "memnet-service",
  title: "memnet: one service",
  about: "What one process takes of its machine, how long its queues are, and what it says and hears.",
  choices: [
    namespaceChoice,
    {
      name: "service",
      label: "Service",
      values: 'label_values(memnet_build_info{namespace=~"$namespace"}, service)',
    },
    {
      name: "instance",
      label: "Process",
      values: 'label_values(memnet_build_info{namespace=~"$namespace", service="$service"}, instance)',
    },
  ],
  rows: {
    "At a glance": [
      figure({
        title: "Up",
        about: "Whether Prometheus reaches it.",
        unit: "locale",
        words: upOrDown("up", "down"),
        query: { expr: `max(up${of})`, legend: "up" },
      }),
      figure({
        title: "Connected to NATS",
        about: "Whether it is.",
        unit: "locale",
        words: upOrDown("yes", "no"),
        query: { expr: `max(memnet_bus_connected${of})`, legend: "connected" },
      }),
      figure({
        title: "Running for",
        about: "Since the process began.",
        unit: "s",
        query: { expr: `time() - max(memnet_process_start_time_seconds${of})`, legend: "running" },
      }),
      figure({
        title: "Memory",
        about: "Resident.",
        unit: "bytes",
        query: { expr: `max(memnet_process_resident_memory_bytes${of})`, legend: "resident" },
      }),
      figure({
        title: "Processor",
        about: "Cores in use.",
        unit: "locale",
        decimals: 2,
        query: { expr: rate(`memnet_process_cpu_seconds_total${of}`, "instance"), legend: "cores" },
      }),
      figure({
        title: "Round trip to NATS",
        about: "Mean.",
        unit: "s",
        query: { expr: mean("memnet_bus_round_trip_seconds", of, "instance"), legend: "round trip" },
      }),
    ],
    Process: [
      graph({
        title: "Event loop",
        about: "How late it is. A thread that answers messages should never be late by more than 5 ms.",
        unit: "s",
        queries: [
          { expr: `max(memnet_nodejs_eventloop_lag_p50_seconds${of})`, legend: "median" },
          { expr: `max(memnet_nodejs_eventloop_lag_p99_seconds${of})`, legend: "99 of 100" },
          { expr: `max(memnet_nodejs_eventloop_lag_max_seconds${of})`, legend: "longest" },
        ],
      }),
      graph({
        title: "Memory",
        about: "Resident, the heap in use, and what lies outside of it: tensors, buffers, WebAssembly.",
        unit: "bytes",
        queries: [
          { expr: `max(memnet_process_resident_memory_bytes${of})`, legend: "resident" },
          { expr: `max(memnet_nodejs_heap_size_used_bytes${of})`, legend: "heap" },
          { expr: `max(memnet_nodejs_external_memory_bytes${of})`, legend: "outside of the heap" },
        ],
      }),
      graph({
        title: "Processor",
        about: "Cores in use, by the program and by the system for it.",
        unit: "locale",
        stacked: true,
        queries: [
          { expr: rate(`memnet_process_cpu_user_seconds_total${of}`, "instance"), legend: "user" },
          { expr: rate(`memnet_process_cpu_system_seconds_total${of}`, "instance"), legend: "system" },
        ],
      }),
      graph({
        title: "Garbage collection",
        about: "Seconds a second, by kind.",
        unit: "percentunit",
        queries: [{ expr: rate(`memnet_nodejs_gc_duration_seconds_sum${of}`, "kind"), legend: "{{kind}}" }],
      }),
    ],
    Queues: [
      graph({
        title: "What waits",
        about: "Questions to others and from others under way, lines for the run's log.",
        unit: "locale",
        queries: [
          { expr: `max(memnet_bus_unanswered_requests${of})`, legend: "asked" },
          { expr: `max(memnet_questions_under_way${of})`, legend: "being answered" },
          { expr: `max(memnet_journal_waiting${of})`, legend: "log lines" },
        ],
      }),
      graph({
        title: "Of one service alone",
        about: "A trainer's batches asked for ahead, an evaluator's work on runs' files.",
        unit: "locale",
        queries: [
          {
            expr: `max by (__name__) ({__name__=~"memnet_(batches_ahead|run_requests_waiting)", instance="$instance"})`,
            legend: "{{__name__}}",
          },
        ],
      }),
      graph({
        title: "Bytes that NATS has not taken",
        about: "Beyond 64 MiB messages are dropped.",
        unit: "bytes",
        queries: [{ expr: `max(memnet_bus_unsent_bytes${of})`, legend: "unsent" }],
      }),
      graph({
        title: "Dropped",
        about: "Messages not sent, log lines given up, handlers that failed.",
        unit: "locale",
        queries: [
          { expr: increase(`memnet_bus_dropped_total${of}`, "reason"), legend: "{{reason}}" },
          { expr: increase(`memnet_journal_dropped_total${of}`, "instance"), legend: "log lines" },
          { expr: increase(`memnet_bus_handler_errors_total${of}`, "instance"), legend: "handlers" },
        ],
      }),
    ],
    Messages: [
      graph({
        title: "Messages",
        about: "Per second, by kind and direction.",
        unit: "locale",
        queries: [
          { expr: rate(`memnet_messages_total${of}`, "kind, direction"), legend: "{{kind}} {{direction}}" },
        ],
      }),
      graph({
        title: "Bytes",
        about: "Per second, by kind and direction.",
        unit: "Bps",
        queries: [
          {
            expr: rate(`memnet_message_bytes_total${of}`, "kind, direction"),
            legend: "{{kind}} {{direction}}",
          },
        ],
      }),
      graph({
        title: "All that came and went",
        about: "Messages per second, bad ones among them.",
        unit: "locale",
        queries: [{ expr: rate(`memnet_bus_messages_total${of}`, "direction"), legend: "{{direction}}" }],
      }),
      graph({
        title: "All bytes that came and went",
        about: "Per second.",
        unit: "Bps",
        queries: [{ expr: rate(`memnet_bus_bytes_total${of}`, "direction"), legend: "{{direction}}" }],
      }),
    ],
  },
});

function upOrDown(one: string, zero: string) {
  return { 1: { text: one, color: "green" }, 0: { text: zero, color: "red" } };
}
