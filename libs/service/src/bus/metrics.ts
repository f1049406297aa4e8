/** The metrics of the bus. */

import { fromZero, type Metrics } from "../metrics.ts";

/** Reasons why a message was not sent. */
export const dropReasons = ["disconnected", "unsent", "payload", "late"] as const;

/** Current queue sizes, read at each scrape. */
export interface BusQueues {
  /** Bytes handed to the socket and not yet sent. */
  readonly unsentBytes: () => number;
  /** This process's requests that have no answer yet. */
  readonly unanswered: () => number;
}

/** Begins at 0: a service that never connects shows it too. */
export const connectedGauge = (metrics: Metrics) =>
  metrics.gauge("bus_connected", "1 while the connection to NATS is up");

export function busMetrics(metrics: Metrics, queues: BusQueues) {
  const dropped = fromZero(
    metrics.counter(
      "bus_dropped_total",
      "Messages not sent: disconnected, too much unsent already, larger than the server takes, or asked on an earlier connection",
      ["reason"],
    ),
    dropReasons.map((reason) => ({ reason })),
  );
  metrics.measured("bus_unsent_bytes", "Bytes that the socket to NATS has not taken yet", queues.unsentBytes);
  metrics.measured("bus_unanswered_requests", "Questions under way to others", queues.unanswered);
  return {
    connected: connectedGauge(metrics),
    messages: metrics.counter("bus_messages_total", "Messages sent and received", ["direction"]),
    bytes: metrics.counter("bus_bytes_total", "Payload bytes sent and received", ["direction"]),
    dropped,
    handlerErrors: metrics.counter("bus_handler_errors_total", "Messages whose handler threw"),
    serverErrors: metrics.counter("bus_server_errors_total", "Errors that NATS reported"),
    reconnects: metrics.counter("bus_reconnects_total", "Connections to NATS after the first"),
    roundTrip: metrics.histogram("bus_round_trip_seconds", "From a ping to NATS to its pong"),
  };
}
