/** Whether the coordinator that took a run's newest epoch still answers. */

import { messages, ProtocolError, RefusedError, subjects } from "@memnet/protocol";
import type { Holder } from "@memnet/runs";
import { DisconnectedError, type Messenger, NoRespondersError, RequestTimeoutError } from "@memnet/service";
import type { Context } from "./context.ts";

/** A coordinator answers in milliseconds; one that is asleep for longer finds a higher epoch when it wakes. */
export const holderTimeoutMs = 500;

/** Whether somebody holds the run now. @throws RefusedError BUSY where the holder cannot be asked */
export async function isHeld(
  { actor, runs }: Pick<Context, "actor" | "runs">,
  name: string,
): Promise<boolean> {
  const run = runs.all().find((one) => one.name === name);
  if (!run?.holder) return false;
  return answers(actor.messenger, name, run.epoch, run.holder);
}

/** @throws RefusedError BUSY where it cannot be asked */
export async function answers(
  messenger: Messenger,
  run: string,
  epoch: number,
  holder: Holder,
): Promise<boolean> {
  const subject = subjects.holder(holder.coordinator);
  try {
    await messenger.ask(messages.alive, messages.aliveAnswer, subject, { run, epoch }, holderTimeoutMs);
    return true;
  } catch (error) {
    if (error instanceof NoRespondersError || error instanceof RequestTimeoutError) return false;
    // It lives, and says that it does not hold the run any more.
    if (error instanceof RefusedError) return false;
    // Something answers there; that it is not understood does not make it gone.
    if (error instanceof ProtocolError) return true;
    if (error instanceof DisconnectedError) {
      throw new RefusedError(
        "BUSY",
        `Cannot ask whether ${holder.coordinator} holds run ${run}: no connection`,
      );
    }
    throw error;
  }
}
