/** Follows one run over the bus and shows its progress. */

import { type Fields, messages, subjects } from "@memnet/protocol";
import type { Messenger } from "@memnet/service";
import { clearLiveLine, progressOutput, say, terminalColumns } from "@memnet/terminal";
import { type Evaluated, evaluationLine, progressLine, type Series } from "./text/progress.ts";

export type Announcement = Fields<typeof messages.announce>;

export interface Watch {
  /** The newest announcement; null before the first. */
  readonly announced: Announcement | null;
  stop(): void;
}

export interface Watched {
  readonly run: string;
  /** The number of steps in the configuration. */
  readonly steps: number;
  readonly series: Series | null;
}

export function watchRun(messenger: Messenger, { run, steps, series }: Watched): Watch {
  let announced: Announcement | null = null;
  let validation: Evaluated | null = null;
  let heardAt = performance.now();
  let waitsSince = heardAt;
  const hearing = [
    messenger.hear(messages.announce, subjects.announce, (fields) => {
      if (fields.run !== run || fields.epoch < (announced?.epoch ?? 0)) return;
      heardAt = performance.now();
      if (fields.waitsFor !== announced?.waitsFor) waitsSince = heardAt;
      announced = fields;
    }),
    messenger.hear(messages.evaluation, subjects.evaluator.evaluation, (fields) => {
      if (fields.run !== run) return;
      if (fields.split === "validation") validation = fields;
      say(evaluationLine(fields));
    }),
  ];
  const { show, everyMs, isLive } = progressOutput();
  const showProgress = () => {
    const now = performance.now();
    const progress = {
      ...{ series, steps, announced, validation },
      waitedSeconds: (now - waitsSince) / 1000,
      silentSeconds: (now - heardAt) / 1000,
    };
    // A line that is not overwritten is a log's, and has all the room.
    show(progressLine(progress, isLive ? terminalColumns() - 1 : Infinity));
  };
  const timer = setInterval(showProgress, everyMs);
  return {
    get announced() {
      return announced;
    },
    stop() {
      clearInterval(timer);
      clearLiveLine();
      for (const subscription of hearing) subscription.stop();
    },
  };
}
