/** Asks whether the coordinator that took a run's newest epoch still answers. */

import { messages, ProtocolError, RefusedError, subjects } from "@memnet/protocol";
import type { Holder } from "@memnet/runs";
import { DisconnectedError, type Messenger, NoRespondersError, RequestTimeoutError } from "@memnet/service";
import type { Context } from "./context.ts";

/** Coordinators answer within milliseconds; one that sleeps longer finds a higher epoch when it wakes. */
export const holderTimeoutMs = 500;

/**
 * Whether a coordinator holds the run now.
 *
 * @throws RefusedError BUSY if the holder cannot be asked
 */
export async function isHeld(
  { actor, runs }: Pick<Context, "actor" | "runs">,
  name: string,
): Promise<boolean> {
  const run = runs.all().find((one) => one.name === name);
  if (!run?.holder) return false;
  return answers(actor.messenger, name, run.epoch, run.holder);
}

/**
 * Whether the holder answers that it still holds the run.
 *
 * @throws RefusedError BUSY if it cannot be asked
 */
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
    // The coordinator is alive but no longer holds the run, unless it is too busy to say.
    if (error instanceof RefusedError) return error.code !== "RUN";
    // Some coordinator answers, even if its answer cannot be decoded, so the holder is not gone.
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
