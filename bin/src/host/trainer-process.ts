/**
 * A local trainer in a process of its own. GPU drivers let a process use one GPU only, so each of several GPUs needs
 * its own process.
 */

import type { LogLine } from "@memnet/service";
import { begin, CommandError, type Ended, endText, keepUp, type Told } from "@memnet/terminal";
import { memnetPath } from "../program.ts";

const stopMsMax = 5000;

export interface TrainerProcess {
  readonly run: string;
  /** The GPU's number. */
  readonly device: number;
  /** The socket of the host's network; null if messages travel over NATS, as NATS_URL says. */
  readonly socket: string | null;
  readonly onLogLine: (line: LogLine) => void;
  /** Called with a message each time the process has died and is restarted. */
  readonly complain: (text: string) => void;
}

/** Runs until the signal is aborted. @throws CommandError if the process keeps failing */
export async function trainerProcess(
  { run, device, socket, onLogLine, complain }: TrainerProcess,
  signal: AbortSignal,
): Promise<void> {
  const env = socket === null ? process.env : { ...process.env, MEMNET_SOCKET: socket };
  const onTold = (told: Told) => {
    if ("line" in told) onLogLine(told.line);
  };
  const name = `the trainer on GPU ${device}`;
  const start = () =>
    begin(["trainer", "--run", run, "--device", String(device)], {
      program: memnetPath,
      env,
      log: "told",
      onTold,
    });
  const options = {
    stopMsMax,
    onAgain: (ended: Ended) => complain(`Starting ${name} again, which ended ${endText(ended)}`),
  };
  const outcome = await keepUp("trainer", start, options, signal);
  if (outcome.kind === "give-up")
    throw new CommandError(`Cannot train without ${name}: ${outcome.why}, ${endText(outcome.ended)}`);
}
