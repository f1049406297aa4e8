/** Why NATS cannot be reached now. It is logged once, and told by /readyz and the metrics while it lasts. */

import type { Log } from "../log.ts";
import { fromZero, type Metrics } from "../metrics.ts";
import { type DialProblem, dialReasons } from "./dial-problem.ts";

/** Limit of texts kept during one outage; several servers may fail in several ways. */
const saidMax = 20;

export class Outage {
  private readonly log: Log;
  private readonly failures: ReturnType<typeof failureCounter> | undefined;
  private readonly said = new Set<string>();
  /** Null while connected, and before the first failure. */
  problem: DialProblem | null = null;

  /** @param metrics omitted by commands, which serve none */
  constructor(log: Log, metrics?: Metrics) {
    this.log = log;
    this.failures = metrics && failureCounter(metrics);
  }

  /** Records a failed dial. @param display the servers' addresses, without credentials */
  failed(display: string, problem: DialProblem): void {
    this.problem = problem;
    this.failures?.inc({ reason: problem.reason });
    if (this.said.has(problem.text) || this.said.size >= saidMax) return;
    this.said.add(problem.text);
    const level = problem.reason === "unreachable" ? "warn" : "error";
    this.log[level](`Waiting for NATS at ${display}`, { reason: problem.text, advice: problem.advice });
  }

  over(): void {
    this.problem = null;
    this.said.clear();
  }

  /** The answer of /readyz. */
  get text(): string {
    return this.problem === null ? "not connected to NATS" : `not connected to NATS: ${this.problem.text}`;
  }
}

function failureCounter(metrics: Metrics) {
  return fromZero(
    metrics.counter(
      "bus_dial_failures_total",
      "Dials that failed: NATS refused the login, a certificate was refused, or NATS was not there",
      ["reason"],
    ),
    dialReasons.map((reason) => ({ reason })),
  );
}
