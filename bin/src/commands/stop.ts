/** memnet stop: ends a run after a checkpoint, from any machine. */

import { messages, subjects } from "@memnet/protocol";
import { CommandError, exitCodes, operatorFor, say, whole } from "@memnet/terminal";
import { checkRunName, runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";

/** Long enough for one step of a large model and a snapshot on a slow disk. */
const stopMsMax = 60_000;

export const define: Define = (command, finish) => {
  command
    .description(
      "Stops a run after a checkpoint, from any machine: over NATS_URL, else over this machine's launcher.",
    )
    .argument("<run>", "the run's name")
    .option("--runs-dir <folder>", "whose launcher to ask where NATS_URL is not set", runsDirDefault)
    .addHelpText(
      "after",
      "\nExit codes: 0 stopped, 1 nobody holds the run or NATS is not there.\n\nExample:\n  memnet stop copy-7",
    )
    .action(async (run: string, flags: { runsDir: string }) => finish(await stop(run, flags.runsDir)));
};

async function stop(run: string, runsDir: string): Promise<number> {
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
    say(
      `Run ${run} ${state === "stopped" ? "has stopped" : `had ${state}`} at step ${whole(step)}; its checkpoint is kept.`,
    );
    return exitCodes.done;
  } catch (error) {
    if ((error as Error).name !== "NoRespondersError") throw error;
    throw new CommandError(`Cannot stop run ${run}: nobody holds it`, { cause: error });
  }
}
