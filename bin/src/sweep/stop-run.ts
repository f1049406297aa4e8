/** Stops a run of a sweep after a checkpoint. */

import { messages, subjects } from "@memnet/protocol";
import type { Messenger } from "@memnet/service";

/** The answer comes after the run's last snapshot. */
const stopMsMax = 60_000;

/** @returns whether a coordinator has stopped it; false if it has ended, or no coordinator trains it */
export async function stopRun(messenger: Messenger, run: string): Promise<boolean> {
  try {
    await messenger.ask(messages.stop, messages.stopped, subjects.run(run).stop, { run }, stopMsMax);
    return true;
  } catch (error) {
    if ((error as Error).name === "NoRespondersError") return false;
    throw error;
  }
}
