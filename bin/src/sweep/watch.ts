/** Follows a sweep and shows it: a live table on a terminal, elsewhere a line for each event. */

import { messages, type SweepRecord, type SweepRunStanding, subjects } from "@memnet/protocol";
import { sweepRuns } from "@memnet/runs";
import type { Messenger, Subscription } from "@memnet/service";
import { clearLiveLine, complain, progressOutput, say } from "@memnet/terminal";
import { evaluationOf } from "../text/several.ts";
import { isOver, overLine, runsLine, sweepText } from "../text/sweep.ts";
import { type Pruning, prunedRuns, pruner } from "./pruner.ts";
import { askStandings } from "./standings.ts";
import { TimeLeft } from "./time-left.ts";

const askEveryMs = 1000;

export interface WatchSweepOptions {
  /** Whether to say which runs are over; not if the caller does. */
  readonly saysOver: boolean;
  /** Null if no point ends early. */
  readonly pruning: Pruning | null;
}

export function watchSweep(
  messenger: Messenger,
  sweep: SweepRecord,
  { saysOver, pruning }: WatchSweepOptions,
): Subscription {
  const runs = new Set(sweepRuns(sweep).map(({ run }) => run));
  const { show, everyMs, isLive } = progressOutput();
  const hearing = messenger.hear(messages.evaluation, subjects.evaluator.evaluation, (fields) => {
    if (!isLive && fields.split === "validation" && runs.has(fields.run))
      say(evaluationOf(fields.run, fields));
  });
  const timeLeft = new TimeLeft();
  const prune = pruning && pruner(messenger, pruning);
  let over: Set<string> | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;
  let failed = false;
  let stopped = false;
  const look = async () => {
    let standings: SweepRunStanding[];
    try {
      standings = await askStandings(messenger, sweep.name);
    } catch (error) {
      if (!failed && !stopped) complain(`Cannot show the sweep: ${(error as Error).message}`);
      failed = true;
      return;
    }
    if (stopped) return;
    failed = false;
    const ended = standings.filter(isOver);
    for (const one of ended) if (saysOver && over && !over.has(one.run)) say(overLine(one));
    over = new Set(ended.map(({ run }) => run));
    const now = performance.now();
    // Runs that will not be trained take no time.
    const pruned = prunedRuns(pruning?.sweep ?? sweep);
    const left = timeLeft.after(
      standings.filter(({ run }) => !pruned.has(run)),
      now / 1000,
    );
    await prune?.(standings).catch((error: Error) => complain(`Cannot end points early: ${error.message}`));
    if (now - shownAt < everyMs) return;
    shownAt = now;
    show(isLive ? sweepText(pruning?.sweep ?? sweep, standings, left) : runsLine(standings, left));
  };
  let looking = look();
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, askEveryMs);
  return {
    stop() {
      stopped = true;
      clearInterval(timer);
      clearLiveLine();
      hearing.stop();
    },
  };
}
