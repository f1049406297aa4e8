/** Requests to the evaluator, repeated until it answers; meanwhile the log says that it does not. */

import { type MessageType, messages, RefusedError, subjects } from "@memnet/protocol";
import { type Actor, type Subscription, sleep } from "@memnet/service";

/** Timeout of one request; the evaluator pulls and syncs a snapshot before it answers. */
const answerTimeoutMs = 30_000;
const retryMs = 250;
const sayEveryMs = 5000;
/** An evaluator's hello cuts the wait short at most this often, since any service can say that it is one. */
const hurryMs = 50;

/** Codes of refusals that may pass: a full disk, too many requests, a holder that may leave, an INTERNAL error. */
const passing = new Set(["DISK", "BUSY", "HELD", "INTERNAL", "GONE"]);

/**
 * Asks the evaluator until it answers, however long that takes.
 *
 * @throws RefusedError if it refuses for a reason that a retry cannot fix, and the signal's reason
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
 * Waits for the answer unless it is lost. An evaluator that says hello either is a new one, which was never asked, or
 * was disconnected, so that its answers were lost.
 */
async function unlessLost<T>({ messenger }: Actor, asked: Promise<T>): Promise<T> {
  let hearing: Subscription | undefined;
  const lost = new Promise<never>((_, reject) => {
    hearing = messenger.hear(messages.hello, subjects.hello, ({ role, id }) => {
      if (role === "evaluator") reject(new Error(`Evaluator ${id} connected after it was asked`));
    });
  });
  // The request may fail later, when nothing awaits it any more.
  asked.catch(() => {});
  try {
    return await Promise.race([asked, lost]);
  } finally {
    hearing?.stop();
  }
}

/** Repeats an exchange with the evaluator until it succeeds. Throws like askUntilAnswered(). */
export async function untilDone<T>(
  actor: Actor,
  kind: string,
  exchange: () => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const { clock, log } = actor;
  let saidAt = Number.NEGATIVE_INFINITY;
  let hurriedAt = Number.NEGATIVE_INFINITY;
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
      if (await untilCalled(actor, retryMs, hurriedAt + hurryMs, signal)) hurriedAt = clock.now();
    }
  }
}

/**
 * Resolves after `ms`, or as soon as an evaluator says hello.
 *
 * @param from hellos before this time are ignored
 * @returns    whether an evaluator said hello
 */
async function untilCalled(
  { clock, messenger }: Actor,
  ms: number,
  from: number,
  signal: AbortSignal,
): Promise<boolean> {
  const called = new AbortController();
  const hearing = messenger.hear(messages.hello, subjects.hello, ({ role }) => {
    if (role === "evaluator" && clock.now() >= from) called.abort();
  });
  await sleep(clock, ms, AbortSignal.any([signal, called.signal]));
  hearing.stop();
  return called.signal.aborted;
}
