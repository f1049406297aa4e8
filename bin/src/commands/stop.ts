/** memnet stop: ends a run after a checkpoint, from any machine. */

import { messages, subjects } from "@memnet/protocol";
import { CommandError, exitCodes, operatorFor, say, sayJson, whole } from "@memnet/terminal";
import { checkRunName, runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";

/** Long enough for one step of a large model and a snapshot on a slow disk. */
const stopMsMax = 60_000;

interface Flags {
  readonly json?: true;
  readonly runsDir: string;
}

export const define: Define = (command, finish) => {
  command
    .description(
      "Stops a run after a checkpoint, from any machine: over NATS_URL, else over this machine's launcher.",
    )
    .argument("<run>", "the run's name")
    .option("--json", "print the run's state and step as JSON")
    .option("--runs-dir <folder>", "whose launcher to ask where NATS_URL is not set", runsDirDefault)
    .addHelpText(
      "after",
      "\nExit codes: 0 stopped, 1 no coordinator runs it or NATS cannot be reached.\n\nExample:\n  memnet stop copy-7",
    )
    .action(async (run: string, flags: Flags) => finish(await stop(run, flags)));
};

async function stop(run: string, { json, runsDir }: Flags): Promise<number> {
  checkRunName(run);
  await using operator = await operatorFor(process.env, runsDir);
  try {
    const subject = subjects.run(run).stop;
    const { fields } = await operator.messenger.ask(
      messages.stop,
      messages.stopped,
      subject,
      { run },
      stopMsMax,
    );
    const { state, step } = fields;
    if (json) sayJson({ run, state, step });
    else
      say(
        `Run ${run} ${state === "stopped" ? "has stopped" : `had ${state}`} at step ${whole(step)}; its checkpoint is kept.`,
      );
    return exitCodes.done;
  } catch (error) {
    if ((error as Error).name !== "NoRespondersError") throw error;
    throw new CommandError(`Cannot stop run ${run}: no coordinator runs it`, { cause: error });
  }
}
