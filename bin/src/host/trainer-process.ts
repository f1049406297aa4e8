/**
 * A trainer of a run on one machine, in a process of its own: the drivers of one process see one GPU, so each of several
 * GPUs needs one.
 */

import type { LogLine } from "@memnet/service";
import { CommandError } from "../exit.ts";
import { keepUp } from "../launcher/keep-up.ts";
import { begin, type Told } from "../launcher/life.ts";
import { type Ended, endText } from "../launcher/restart.ts";

const stopMsMax = 5000;

export interface TrainerProcess {
  readonly run: string;
  /** Which of the GPUs. */
  readonly device: number;
  /** Where the host's network is joined; null if NATS_URL says where the run's messages travel. */
  readonly socket: string | null;
  readonly onLogLine: (line: LogLine) => void;
  /** Told each time it has died and is started again, in words. */
  readonly complain: (text: string) => void;
}

/** Until the signal. @throws CommandError if it cannot be kept up */
export async function trainerProcess(
  { run, device, socket, onLogLine, complain }: TrainerProcess,
  signal: AbortSignal,
): Promise<void> {
  const env = socket === null ? process.env : { ...process.env, MEMNET_SOCKET: socket };
  const onTold = (told: Told) => {
    if ("line" in told) onLogLine(told.line);
  };
  const name = `The trainer on GPU ${device}`;
  const start = () =>
    begin(["trainer", "--run", run, "--device", String(device)], { env, log: "told", onTold });
  const options = {
    stopMsMax,
    onAgain: (ended: Ended) => complain(`${name} ended ${endText(ended)} and is started again`),
  };
  const outcome = await keepUp("trainer", start, options, signal);
  if (outcome.kind === "give-up")
    throw new CommandError(
      `Cannot train without ${name.toLowerCase()}: ${outcome.why}, ${endText(outcome.ended)}`,
    );
}
