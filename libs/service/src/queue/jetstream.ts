/** The queue of runs as a JetStream work queue of the NATS server. */

import { type QueueKind, queueKinds, queueStream, subjects } from "@memnet/protocol";
import {
  AckPolicy,
  type Consumer,
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamClient,
  type JetStreamManager,
  type JsMsg,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type QueuedRun, type QueueLength, type RunQueue, silenceMsMax, type TakenRun } from "./queue.ts";

const nanosecondsPerMs = 1_000_000;

/** A request for a run ends after this long, so that a worker that is told to stop is not kept. */
const takeMsMax = 5000;

/** The server's code for a message that a limit of the stream refuses: here, the run is in the queue already. */
const refusedByLimit = 10_077;

const streamConfig = {
  name: queueStream,
  subjects: queueKinds.map((kind) => subjects.queued(kind, "*", "*")),
  /** A message stays until it is acknowledged. */
  retention: RetentionPolicy.Workqueue,
  storage: StorageType.File,
  /** A run is in the queue at most once. */
  max_msgs_per_subject: 1,
  discard: DiscardPolicy.New,
  discard_new_per_subject: true,
};

export class JetStreamQueue implements RunQueue {
  private readonly client: JetStreamClient;
  private readonly manager: JetStreamManager;
  private readonly consumers = new Map<QueueKind, Consumer>();

  private constructor(client: JetStreamClient, manager: JetStreamManager) {
    this.client = client;
    this.manager = manager;
  }

  /** @throws Error if the server has no JetStream, or the user may not use it */
  static async open(connection: NatsConnection): Promise<JetStreamQueue> {
    const manager = await jetstreamManager(connection, { checkAPI: false });
    const queue = new JetStreamQueue(jetstream(connection), manager);
    await queue.create();
    return queue;
  }

  async put({ kind, sweep, run, payload }: QueuedRun): Promise<void> {
    try {
      await this.client.publish(subjects.queued(kind, sweep, run), payload);
    } catch (error) {
      if (!(error instanceof JetStreamApiError) || error.code !== refusedByLimit) throw error;
    }
  }

  async take(kind: QueueKind, signal: AbortSignal): Promise<TakenRun | null> {
    if (signal.aborted) return null;
    const consumer = this.consumers.get(kind) ?? (await this.consume(kind));
    let message: JsMsg | null;
    try {
      message = await consumer.next({ expires: takeMsMax });
    } catch (error) {
      // The server may have lost the consumer with its disk.
      this.consumers.delete(kind);
      throw error;
    }
    if (!message) return null;
    const taken = takenRun(message);
    if (!signal.aborted) return taken;
    taken.giveBack(0);
    return null;
  }

  async runs(sweep: string): Promise<ReadonlySet<string>> {
    const filter = subjects.queued("*", sweep, "*");
    const { state } = await this.manager.streams.info(queueStream, { subjects_filter: filter });
    return new Set(Object.keys(state.subjects ?? {}).map((subject) => subject.split(".").at(-1)!));
  }

  async length(kind: QueueKind): Promise<QueueLength> {
    const consumer = this.consumers.get(kind) ?? (await this.consume(kind));
    const { num_pending: waiting, num_ack_pending: taken } = await consumer.info();
    return { waiting, taken };
  }

  async remove(sweep: string, run: string): Promise<void> {
    await this.manager.streams.purge(queueStream, { filter: subjects.queued("*", sweep, run) });
  }

  async clear(sweep: string): Promise<void> {
    await this.manager.streams.purge(queueStream, { filter: subjects.queued("*", sweep, "*") });
  }

  /** Creates the stream, or does nothing if it exists. A server that has lost its disk has lost it too. */
  private async create(): Promise<void> {
    await this.manager.streams.add(streamConfig);
  }

  private async consume(kind: QueueKind): Promise<Consumer> {
    await this.create();
    const name = `${kind}-workers`;
    await this.manager.consumers.add(queueStream, {
      durable_name: name,
      filter_subject: subjects.queued(kind, "*", "*"),
      ack_policy: AckPolicy.Explicit,
      ack_wait: silenceMsMax * nanosecondsPerMs,
      max_ack_pending: -1,
    });
    const consumer = await this.client.consumers.get(queueStream, name);
    this.consumers.set(kind, consumer);
    return consumer;
  }
}

function takenRun(message: JsMsg): TakenRun {
  const [kind, sweep, run] = message.subject.split(".").slice(2);
  return {
    kind: kind as QueueKind,
    sweep: sweep!,
    run: run!,
    payload: new Uint8Array(message.data),
    deliveries: message.info.deliveryCount,
    working: () => message.working(),
    async done() {
      await message.ackAck();
    },
    giveBack: (ms) => message.nak(ms),
    drop: (reason) => message.term(reason),
  };
}
