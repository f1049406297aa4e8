/** Trains a queued run in a process of its own, which reaches the evaluator through the worker. */

import { mkdirSync } from "node:fs";
import type { Log, LogLine } from "@memnet/service";
import { begin, type Ended, endText, exitCodes, keepUp, type Told } from "@memnet/terminal";
import type { Job, TrainEnd } from "@memnet/worker";
import { writePlan } from "../host/plan.ts";
import { memnetPath } from "../program.ts";

/** Time for the last snapshot to be acknowledged. */
const stopMsMax = 60_000;

export interface LaneSettings {
  /** The lane's own folder, which only this user can read: the run's process finds its plan there. */
  readonly folder: string;
  /** The socket that the worker serves. */
  readonly socket: string;
  /** The port of the run's /metrics; 0 takes a free one. */
  readonly metricsPort: number;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Log;
}

export async function trainRun(
  { run, config, initial }: Job,
  { folder, socket, metricsPort, env, log }: LaneSettings,
  signal: AbortSignal,
): Promise<TrainEnd> {
  mkdirSync(folder, { recursive: true });
  const plan = {
    run,
    config,
    initial,
    runsDir: "",
    port: 0,
    metricsPort,
    socket,
    joins: true,
    series: null,
    program: "",
  };
  const path = writePlan(folder, plan);
  let why: string | undefined;
  const onTold = (told: Told) => {
    if (!("line" in told)) return;
    if (told.line.level === "error") why = errorText(told.line);
    passOn(log, told.line);
  };
  const start = () => begin(["host", path], { program: memnetPath, env, log: "told", onTold });
  const elsewhere = new AbortController();
  const onAgain = (ended: Ended) => {
    log.warn(`The process of run ${run} ended ${endText(ended)}`, { run });
    // Another coordinator holds the run, so this worker must not open it again.
    if (ended.code === exitCodes.fenced) elsewhere.abort();
  };
  const either = AbortSignal.any([signal, elsewhere.signal]);
  const outcome = await keepUp("host", start, { stopMsMax, onAgain }, either);
  if (elsewhere.signal.aborted) return { kind: "elsewhere" };
  if (outcome.kind === "stopped") return { kind: "stopped" };
  if (outcome.kind === "over" && outcome.ended.code === exitCodes.done) return { kind: "over" };
  return { kind: "failed", why: why ?? `its process ended ${endText(outcome.ended)}` };
}

function errorText({ message, fields }: LogLine): string {
  const { error, reason } = fields as { error?: { message?: unknown }; reason?: unknown };
  const more = error?.message ?? reason;
  return more === undefined || more === null ? message : `${message}: ${String(more)}`;
}

function passOn(log: Log, { level, service, message, fields }: LogLine): void {
  log[level](message, { ...fields, actor: service });
}
