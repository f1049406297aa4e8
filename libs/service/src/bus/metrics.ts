/** What the bus counts. */

import type { Metrics } from "../metrics.ts";

export function busMetrics(metrics: Metrics) {
  return {
    connected: metrics.gauge("bus_connected", "1 while the connection to NATS is up"),
    messages: metrics.counter("bus_messages_total", "Messages sent and received", ["direction"]),
    bytes: metrics.counter("bus_bytes_total", "Payload bytes sent and received", ["direction"]),
    dropped: metrics.counter(
      "bus_dropped_total",
      "Messages not sent: disconnected, or too much unsent already",
      ["reason"],
    ),
    handlerErrors: metrics.counter("bus_handler_errors_total", "Messages whose handler threw"),
    serverErrors: metrics.counter("bus_server_errors_total", "Errors that NATS reported"),
    reconnects: metrics.counter("bus_reconnects_total", "Connections to NATS after the first"),
  };
}
