/** Runs a data-env from start to end: makes the batches that trainers of any run request. */

import { bodyBytesMax, messages, RefusedError, subjects } from "@memnet/protocol";
import { type Actor, answerStatus, Recent, sayHello, sleep } from "@memnet/service";
import type { Maker } from "./maker.ts";
import { Offers } from "./offers.ts";

export interface DataEnvDeps {
  readonly actor: Actor;
  readonly maker: Maker;
}

export async function run({ actor, maker }: DataEnvDeps, signal: AbortSignal): Promise<void> {
  const { messenger, clock, metrics } = actor;
  const made = metrics.counter("batches_made_total", "Batches made");
  const seconds = metrics.histogram("batch_seconds", "From a request for batches to its answer");
  const recent = new Recent<{ readonly batches: number; readonly ms: number }>(clock);
  const offers = new Offers(messenger.blobs);
  let count = 0;
  const serving = messenger.serve(
    messages.batchRequest,
    messages.batchAnswer,
    subjects.batch,
    async (question) => {
      const begun = clock.now();
      const { times, sequences, numberBytes, bytes } = await maker.make(question).catch((error: Error) => {
        throw new RefusedError("TASK", `Cannot make these batches: ${error.message}`);
      });
      const isPulled = !messenger.bus.isLocal && bytes.length > bodyBytesMax;
      const name = isPulled ? offers.name(bytes.length) : "pushed";
      const { fields, body } = messenger.payload(name, bytes);
      count += times.length;
      made.inc(times.length);
      const ms = clock.now() - begun;
      seconds.observe(ms / 1000);
      recent.note({ batches: times.length, ms });
      const dataEnv = messenger.id;
      return { fields: { ok: true as const, dataEnv, times, sequences, numberBytes, ...fields }, body };
    },
    { queue: subjects.batchQueue },
  );
  answerStatus(actor, () => ({
    run: null,
    state: "serving",
    waitsFor: null,
    waitsSeconds: null,
    detail: {
      batches: count,
      batchesPerSecond: recent.perSecond(({ batches }) => batches),
      /** Median time from a request to its answer. */
      answerMs: recent.median(({ ms }) => ms),
    },
  }));
  sayHello(actor, () => null);
  while (!signal.aborted) await sleep(clock, 60_000, signal);
  serving.stop();
  await maker.stop();
}
