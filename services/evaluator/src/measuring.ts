/** Measures due steps one at a time: the runs in turn, each run's oldest step first. */

import { eventLine } from "@memnet/runs";
import type { Context } from "./context.ts";
import { noteError } from "./context.ts";
import { FencedError } from "./errors.ts";
import { nextDue, pendingOf, record } from "./evaluations.ts";
import type { Measurer } from "./measurer.ts";
import type { RunFolder } from "./run-folder.ts";
import { isUnusable } from "./survey.ts";

/** After a failure a run waits this long, doubled each time, since a missing task file may be supplied meanwhile. */
const retryMsMin = 1000;
const retryMsMax = 60_000;

interface Failure {
  readonly why: string;
  readonly times: number;
  readonly retryAt: number;
}

export class Measuring {
  private readonly context: Context;
  private readonly measurer: Measurer;
  private readonly failures = new Map<string, Failure>();
  private lastRun = "";
  private wakeUp: () => void = () => {};
  private woken = false;
  /** The step being measured, if any. */
  current: { readonly run: string; readonly step: number } | null = null;

  constructor(context: Context, measurer: Measurer) {
    this.context = context;
    this.measurer = measurer;
  }

  /** Looks again for due steps, without waiting any longer. */
  wake(): void {
    this.woken = true;
    this.wakeUp();
  }

  /** The number of due evaluations of all runs. */
  get due(): number {
    return this.context.runs.all().reduce((sum, run) => sum + pendingOf(run).length, 0);
  }

  /** Returns why a run cannot be measured; undefined if nothing is known to prevent it. */
  failureOf(run: string): string | undefined {
    return this.failures.get(run)?.why;
  }

  /** Why the first of the failing runs cannot be measured; null if none fails. */
  get failure(): string | null {
    for (const [run, { why }] of this.failures) return `run ${run}: ${why}`;
    return null;
  }

  /** Measures until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener("abort", () => this.wakeUp(), { once: true });
    while (!signal.aborted) {
      this.woken = false;
      this.context.metrics.due.set(this.due);
      const run = this.next();
      if (run) await this.one(run, signal);
      else await this.wait(signal);
    }
  }

  private next(): RunFolder | undefined {
    const now = this.context.actor.clock.now();
    const ready = this.context.runs
      .all()
      .filter((run) => pendingOf(run).length > 0 && (this.failures.get(run.name)?.retryAt ?? 0) <= now);
    return ready.find((run) => run.name > this.lastRun) ?? ready[0];
  }

  private async one(run: RunFolder, signal: AbortSignal): Promise<void> {
    const { actor, metrics } = this.context;
    this.lastRun = run.name;
    try {
      const due = await run.queue.do(() => nextDue(this.context, run));
      if (!due) return;
      this.current = { run: run.name, step: due.step };
      const began = actor.clock.now();
      const figures = await this.measurer.measure(due.job, signal);
      await run.queue.do(() => record(this.context, run, due, figures));
      metrics.evaluations.inc();
      metrics.evaluationSeconds.observe((actor.clock.now() - began) / 1000);
      this.failures.delete(run.name);
      actor.log.info("Measured a step", { run: run.name, step: due.step, ...figures[0] });
    } catch (error) {
      if (!signal.aborted) await this.failed(run, error);
    } finally {
      this.current = null;
    }
  }

  private async failed(run: RunFolder, error: unknown): Promise<void> {
    const { actor, metrics } = this.context;
    const why = error instanceof Error ? error.message : String(error);
    noteError(this.context, `measure run ${run.name}`, error);
    if (error instanceof FencedError) return;
    const before = this.failures.get(run.name);
    const times = (before?.times ?? 0) + 1;
    const waitMs = Math.min(retryMsMin * 2 ** (times - 1), retryMsMax);
    this.failures.set(run.name, { why, times, retryAt: actor.clock.now() + waitMs });
    metrics.evaluationFailures.inc();
    actor.log.error("Cannot measure a run", { run: run.name, waitMs, error });
    // Leave the files of an unusable run as they are.
    if (before?.why === why || run.gone || isUnusable(error)) return;
    const line = eventLine(actor.clock.wall(), { event: "evaluation-failed", why });
    await run.queue.do(() => run.addLines([line])).catch(() => {});
  }

  /** Waits until something may be due, or until a failed run may be retried. */
  private async wait(signal: AbortSignal): Promise<void> {
    const { clock } = this.context.actor;
    const waiting = this.context.runs.all().filter((run) => pendingOf(run).length > 0);
    for (const name of this.failures.keys()) {
      if (!waiting.some((run) => run.name === name)) this.failures.delete(name);
    }
    const retries = [...this.failures.values()].map(({ retryAt }) => retryAt - clock.now());
    await new Promise<void>((resolve) => {
      const cancel =
        retries.length > 0 ? clock.after(Math.max(1, Math.min(...retries)), () => done()) : () => {};
      const done = () => {
        cancel();
        this.wakeUp = () => {};
        resolve();
      };
      this.wakeUp = done;
      if (this.woken || signal.aborted) done();
    });
  }
}
