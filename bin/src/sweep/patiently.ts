/** Asks an actor that may be about to start, as often as it takes. */

import { RefusedError } from "@memnet/protocol";
import { complain, waited } from "@memnet/terminal";

const retryMs = 250;
/** A process that has just begun answers within this time, so nothing is said before. */
const quietMs = 5000;

/**
 * Repeats a request until it is answered.
 *
 * @throws RefusedError, or the last error once the signal is aborted
 */
export async function patiently<T>(ask: () => Promise<T>, interrupted: AbortSignal): Promise<T> {
  const begun = performance.now();
  for (let said = false; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (interrupted.aborted || error instanceof RefusedError) throw error;
      if (!said && performance.now() - begun > quietMs) {
        complain(`Waiting: ${(error as Error).message}`);
        said = true;
      }
    }
    await waited(retryMs, interrupted);
  }
}
