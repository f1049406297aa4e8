/** Opens the queue of runs on a bus. */

import type { Bus } from "../bus/bus.ts";
import type { RunQueue } from "./queue.ts";

/** The connection has no queue of runs, or its user may not use it. */
export class QueueError extends Error {
  override readonly name = "QueueError";
  readonly code = "QUEUE";
}

/** @throws QueueError */
export async function openQueue(bus: Bus): Promise<RunQueue> {
  // The NATS libraries are loaded only here: a run on one machine does not need them.
  const [{ NatsBus }, { JetStreamQueue }] = await Promise.all([
    import("../bus/nats-bus.ts"),
    import("./jetstream.ts"),
  ]);
  if (!(bus instanceof NatsBus))
    throw new QueueError("Cannot open the queue of runs: it needs a NATS server");
  try {
    return await JetStreamQueue.open(bus.connection);
  } catch (cause) {
    const why = (cause as Error).message;
    throw new QueueError(
      `Cannot open the queue of runs: NATS must have JetStream (nats-server -js), and this user may use it: ${why}`,
      { cause },
    );
  }
}
