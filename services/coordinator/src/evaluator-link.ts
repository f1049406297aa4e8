/** Asking the evaluator: again and again until it answers, saying meanwhile that it does not. */

import { type MessageType, RefusedError } from "@memnet/protocol";
import { type Actor, sleep } from "@memnet/service";

/** The evaluator pulls a snapshot and syncs it before it answers. */
const answerTimeoutMs = 30_000;
const retryMs = 250;
const sayEveryMs = 5000;

/** Refusals that time can mend: a full disk, too many questions, a holder that may yet go, an INTERNAL fault. */
const passing = new Set(["DISK", "BUSY", "HELD", "INTERNAL", "GONE"]);

/**
 * The evaluator's answer, however long it takes.
 *
 * @throws RefusedError for a refusal that asking again cannot mend, and the signal's reason
 */
export function askUntilAnswered<Question, Fields extends { ok: boolean }>(
  actor: Actor,
  [type, answerType, subject]: readonly [MessageType<Question>, MessageType<Fields>, string],
  question: Question,
  signal: AbortSignal,
): Promise<Exclude<Fields, { ok: false }>> {
  const ask = async () =>
    (await actor.messenger.ask(type, answerType, subject, question, answerTimeoutMs)).fields;
  return untilDone(actor, type.kind, ask, signal);
}

/** What an exchange with the evaluator gives, begun anew as often as it takes; throws as above. */
export async function untilDone<T>(
  { clock, log }: Actor,
  kind: string,
  exchange: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  let saidAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    signal.throwIfAborted();
    try {
      return await exchange();
    } catch (error) {
      if (error instanceof RefusedError && !passing.has(error.code)) throw error;
      if (clock.now() - saidAt >= sayEveryMs) {
        saidAt = clock.now();
        log.warn("Waiting for the evaluator", { kind, why: String(error) });
      }
      await sleep(clock, retryMs, signal);
    }
  }
}
