/** Serves the evaluator's messages. */

import {
  type Fields,
  isUnderWay,
  messages,
  RefusedError,
  type RunSummary,
  subjects,
  textMax,
} from "@memnet/protocol";
import { eventLine, satisfiedStep, unheld, withDoubt } from "@memnet/runs";
import { answerStatus, Rates } from "@memnet/service";
import { type Context, guarded, inRun } from "./context.ts";
import { keptSteps, pendingOf } from "./evaluations.ts";
import { isHeld } from "./holder.ts";
import type { Measuring } from "./measuring.ts";
import { openRun } from "./opening.ts";
import { removeHeld } from "./removing.ts";
import { Serial } from "./serial.ts";
import { Snapshots } from "./snapshots.ts";
import { serveSweeps } from "./sweeps.ts";

/** Maximum number of runs being opened at the same moment. */
const opensMax = 64;

/**
 * Characters of log lines and events of a run. A burst is what hundreds of actors have kept during an outage. A quiet
 * run's are some hundred a second.
 */
const logLimits = { each: { perSecond: 64 * 1024, burst: 16 * 1024 * 1024 } };

/** Runs whose log lines wait at the same moment, above any cluster's number. */
const logsMax = 1000;

/** How many summaries fit one message: some 300 bytes each, of 256 kB. */
const listedMax = 500;

const done = { ok: true } as const;

/**
 * Begins to answer messages.
 *
 * @returns a function that stops answering
 */
export function serve(context: Context, measuring: Measuring): () => void {
  const { messenger } = context.actor;
  const opens = new Serial("opening runs", opensMax);
  const snapshots = new Snapshots(context);
  const takeLog = logTaker(context);
  const { evaluator } = subjects;
  const serving = [
    messenger.serve(messages.open, messages.opened, evaluator.open, (request) =>
      guarded(context, "open a run", () => opens.do(() => openRun(context, request))),
    ),
    messenger.serve(messages.fixFingerprint, messages.done, evaluator.fingerprint, (fields) =>
      guarded(context, `fix the fingerprint of run ${fields.run}`, () => fixFingerprint(context, fields)),
    ),
    messenger.serve(messages.doubt, messages.done, evaluator.doubt, (fields) =>
      guarded(context, `write down a doubt about run ${fields.run}`, () => addDoubt(context, fields)),
    ),
    messenger.serve(messages.snapshot, messages.done, evaluator.snapshot, async (fields) => {
      await snapshots.keep(fields);
      return done;
    }),
    messenger.serve(messages.progress, messages.progressAnswer, evaluator.progress, (fields) =>
      guarded(context, `tell the progress of run ${fields.run}`, () => progress(context, measuring, fields)),
    ),
    messenger.serve(messages.setState, messages.done, evaluator.state, (fields) =>
      guarded(context, `write the state of run ${fields.run}`, () => setState(context, fields)),
    ),
    messenger.serve(messages.listRuns, messages.runList, evaluator.runs, () =>
      guarded(context, "list the runs", async () => ({ ok: true as const, runs: await list(context) })),
    ),
    messenger.serve(messages.askFigures, messages.runFigures, evaluator.figures, ({ run, goal }) =>
      guarded(context, `tell the figures of run ${run}`, async () => {
        const figures = await context.runs.figures(run, goal);
        if (!figures) throw new RefusedError("RUN", `There is no run ${run} here that can be read`);
        return { ok: true as const, ...figures };
      }),
    ),
    messenger.serve(messages.removeRun, messages.done, evaluator.remove, ({ run }) =>
      guarded(context, `remove run ${run}`, async () => {
        await removeHeld(context, run);
        return done;
      }),
    ),
    ...serveSweeps(context),
    messenger.hear(messages.log, evaluator.log, (fields) => {
      takeLog(fields).catch((error) => messenger.reject("log", "EVENT", String(error)));
    }),
  ];
  answerStatus(context.actor, () => ({
    run: measuring.current?.run ?? null,
    state: measuring.current
      ? `measuring step ${measuring.current.step} of ${measuring.current.run}`
      : "idle",
    waitsFor: context.diskError ?? measuring.failure,
    waitsSeconds: null,
    detail: {
      folder: context.folder.root,
      generation: context.folder.generation,
      measuring: measuring.current,
      due: measuring.due,
      diskError: context.diskError,
      cutOff: context.cutOff(),
    },
  }));
  return () => {
    for (const one of serving) one.stop();
  };
}

async function fixFingerprint(context: Context, fields: Fields<typeof messages.fixFingerprint>) {
  await inRun(context, fields, async (run) => {
    const { fingerprint } = run.config;
    if (fingerprint === null) await run.writeConfig({ ...run.config, fingerprint: fields.fingerprint });
    else if (fingerprint !== fields.fingerprint) {
      throw new RefusedError(
        "FINGERPRINT",
        `The fingerprint of run ${run.name} is fixed: it must be ${fingerprint}, got ${fields.fingerprint}`,
      );
    }
  });
  return done;
}

/** Writes a doubt down. Once this is acknowledged, every open of the run knows it. */
async function addDoubt(context: Context, fields: Fields<typeof messages.doubt>) {
  await inRun(context, fields, async (run) => {
    const { before, excluded, suspects } = fields;
    await run.writeDoubts(withDoubt(run.doubts, { before, excluded, suspects }));
    const event = { event: "doubt", before, excluded, suspects };
    context.metrics.event("doubt");
    context.actor.log.warn(`Results of run ${run.name} are in doubt`, event);
    await run.addLines([eventLine(context.actor.clock.wall(), event)]);
  });
  return done;
}

/**
 * Reports progress. Runs in the run's queue, so that everything it reports is complete: a coordinator that learns of
 * the last evaluation may end the run.
 */
async function progress(context: Context, measuring: Measuring, fields: Fields<typeof messages.progress>) {
  return inRun(context, fields, async (run) => {
    const satisfied = satisfiedStep(run.config.training.until, run.index.evaluations);
    const failure = measuring.failureOf(run.name)?.slice(0, textMax) ?? null;
    return {
      ok: true as const,
      kept: keptSteps(run).at(-1) ?? 0,
      pending: pendingOf(run),
      satisfied,
      failure,
    };
  });
}

async function setState(context: Context, fields: Fields<typeof messages.setState>) {
  await inRun(context, fields, async (run) => {
    const { state, reason, epoch } = fields;
    // Ignore a message that was sent before the run's end and arrives after it.
    if (run.state.epoch === epoch && !run.isUnderWay && isUnderWay(state)) return;
    await run.writeState({ state, reason, epoch });
    if (!run.isUnderWay) await context.metrics.forget(run.name);
  });
  return done;
}

/** Lists the runs. A run whose state says that it trains counts as training only if its holder answers. */
async function list(context: Context): Promise<RunSummary[]> {
  const summaries = await context.runs.summaryOfAll();
  return Promise.all(
    summaries.slice(-listedMax).map(async (one) => {
      if (unheld(one) === one) return one;
      return (await isHeld(context, one.run)) ? one : unheld(one);
    }),
  );
}

/** Lines of run.log and metrics.jsonl that wait for their run's queue. */
interface Written {
  readonly log: string[];
  readonly events: string[];
}

/**
 * Returns a function that writes log lines. What comes while a run's lines wait is written with them, so that a flood
 * takes one place in the run's queue. Lines that cannot be written are dropped and counted, since no sender waits for an
 * answer.
 */
function logTaker(context: Context): (fields: Fields<typeof messages.log>) => Promise<void> {
  const { messenger, clock, log } = context.actor;
  const rates = new Rates(clock, logLimits);
  const waiting = new Map<string, Written>();
  const dropped = (count: number) => context.metrics.logDropped.inc(count);
  return async ({ run: name, lines, events }) => {
    const wall = clock.wall();
    const written: Written = {
      log: lines.map((line) => line.replaceAll("\n", " ")),
      events: events.map((event) => eventLine(wall, event)),
    };
    const characters = [...written.log, ...written.events].reduce((sum, { length }) => sum + length, 0);
    const before = waiting.get(name);
    if (!rates.take(name, characters) || (!before && waiting.size >= logsMax)) {
      dropped(lines.length + events.length);
      messenger.reject("log", "RATE", `The log of run ${name} grows too fast`);
      return;
    }
    for (const { event } of events) context.metrics.event(event);
    if (before) {
      before.log.push(...written.log);
      before.events.push(...written.events);
      return;
    }
    waiting.set(name, written);
    try {
      await guarded(context, `write the log of run ${name}`, async () => {
        const run = await context.runs.find(name);
        if (!run) throw new RefusedError("RUN", `There is no run ${name} here`);
        await run.queue.do(async () => {
          waiting.delete(name);
          if (run.gone) return;
          await run.addLog(written.log);
          await run.addLines(written.events);
        });
      });
    } catch (error) {
      dropped(written.log.length + written.events.length);
      log.debug("Dropped log lines", { run: name, error });
    } finally {
      if (waiting.get(name) === written) waiting.delete(name);
    }
  };
}
