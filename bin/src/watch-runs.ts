/** Follows several runs over the bus and shows their progress. */

import { messages, subjects } from "@memnet/protocol";
import type { Messenger, Subscription } from "@memnet/service";
import { clearLiveLine, progressOutput, say } from "@memnet/terminal";
import type { NamedRun } from "./launcher/one-run.ts";
import { evaluationOf, severalLine } from "./text/several.ts";

/** @param over the names of the runs that are over, which grows */
export function watchRuns(
  messenger: Messenger,
  runs: readonly NamedRun[],
  over: ReadonlySet<string>,
): Subscription {
  const stepsOf = new Map(runs.map(({ run, configured }) => [run, configured.config.operation.steps]));
  const steps = new Map<string, number>();
  const hearing = [
    messenger.hear(messages.announce, subjects.announce, ({ run, step }) => {
      if (stepsOf.has(run)) steps.set(run, step);
    }),
    messenger.hear(messages.evaluation, subjects.evaluator.evaluation, (fields) => {
      if (stepsOf.has(fields.run) && fields.split === "validation") say(evaluationOf(fields.run, fields));
    }),
  ];
  const { show, everyMs } = progressOutput();
  const timer = setInterval(() => {
    const running = [...steps].filter(([run]) => !over.has(run));
    show(
      severalLine(
        over.size,
        runs.length,
        running.map(([run, step]) => ({ run, step, steps: stepsOf.get(run)! })),
      ),
    );
  }, everyMs);
  return {
    stop() {
      clearInterval(timer);
      clearLiveLine();
      for (const subscription of hearing) subscription.stop();
    },
  };
}
