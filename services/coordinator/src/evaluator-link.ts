/** Asking the evaluator: again and again until it answers, saying meanwhile that it does not. */

import { type MessageType, messages, RefusedError, subjects } from "@memnet/protocol";
import { type Actor, type Subscription, sleep } from "@memnet/service";

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
  const ask = async () => {
    const asked = actor.messenger.ask(type, answerType, subject, question, answerTimeoutMs);
    return (await unlessLost(actor, asked)).fields;
  };
  return untilDone(actor, type.kind, ask, signal);
}

/**
 * The answer, unless it will not come: an evaluator that says hello is a fresh one, which was not asked, or was cut off,
 * and then its answers went nowhere.
 */
async function unlessLost<T>({ messenger }: Actor, asked: Promise<T>): Promise<T> {
  let hearing: Subscription | undefined;
  const lost = new Promise<never>((_, reject) => {
    hearing = messenger.hear(messages.hello, subjects.hello, ({ role, id }) => {
      if (role === "evaluator") reject(new Error(`Evaluator ${id} came in since it was asked`));
    });
  });
  // It may fail when nobody waits for it any more.
  asked.catch(() => {});
  try {
    return await Promise.race([asked, lost]);
  } finally {
    hearing?.stop();
  }
}

/** What an exchange with the evaluator gives, begun anew as often as it takes; throws as above. */
export async function untilDone<T>(
  actor: Actor,
  kind: string,
  exchange: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { clock, log } = actor;
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
      await untilCalled(actor, retryMs, signal);
    }
  }
}

/** Until a while has passed, or an evaluator comes in. */
async function untilCalled({ clock, messenger }: Actor, ms: number, signal: AbortSignal): Promise<void> {
  const called = new AbortController();
  const hearing = messenger.hear(messages.hello, subjects.hello, ({ role }) => {
    if (role === "evaluator") called.abort();
  });
  await sleep(clock, ms, AbortSignal.any([signal, called.signal]));
  hearing.stop();
}
