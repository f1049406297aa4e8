/** Batches asked of the data-envs ahead of time, in a bounded window. One that is late is made by the trainer itself. */

import { type Fields, floatsOf, messages, subjects } from "@memnet/protocol";
import { type Actor, sleep } from "@memnet/service";
import { type Batch, batchOf, type ModelConfig, streams, type TrainingConfig, taskSettings } from "memnet";

/** Questions under way and answers not yet used. */
const windowMax = 64;
/** A data-env that takes longer is taken for gone. */
const answerTimeoutMs = 2000;
/** How long a node waits for a batch that was asked for. */
const lateMs = 50;
/** After nobody answered, data-envs are asked again no sooner than this. */
const restMs = 500;

export class BatchWindow {
  private readonly actor: Actor;
  private readonly training: TrainingConfig;
  private readonly taskFile: string | null;
  private readonly model: ModelConfig;
  private readonly asked = new Map<string, Promise<Batch | null>>();
  private readonly made;
  private restUntil = Number.NEGATIVE_INFINITY;

  constructor(actor: Actor, training: TrainingConfig, taskFile: string | null, model: ModelConfig) {
    this.actor = actor;
    this.training = training;
    this.taskFile = taskFile;
    this.model = model;
    this.made = actor.metrics.counter("batches_total", "Batches used, by who made them", ["source"]);
  }

  /** Asks for a micro-batch, unless that is done already or the window is full. */
  ask(step: number, leaf: number): void {
    const key = `${step}-${leaf}`;
    if (this.asked.has(key) || this.asked.size >= windowMax || this.actor.clock.now() < this.restUntil)
      return;
    this.asked.set(key, this.request(step, leaf));
  }

  /** The micro-batch, or null where it is late: the trainer makes it itself. */
  async take(step: number, leaf: number): Promise<Batch | null> {
    this.ask(step, leaf);
    const key = `${step}-${leaf}`;
    const coming = this.asked.get(key);
    const batch = coming
      ? await Promise.race([coming, sleep(this.actor.clock, lateMs).then(() => null)])
      : null;
    this.asked.delete(key);
    this.made.inc({ source: batch ? "data-env" : "trainer" });
    return batch;
  }

  /** Batches of steps before this one are of no use any more. */
  forgetBefore(step: number): void {
    for (const key of this.asked.keys()) if (Number.parseInt(key, 10) < step) this.asked.delete(key);
  }

  private async request(step: number, leaf: number): Promise<Batch | null> {
    const { training } = this;
    const question: Fields<typeof messages.batchRequest> = {
      task: training.task.name,
      sha256: training.task.sha256 ?? null,
      file: this.taskFile,
      settings: taskSettings(training) as Fields<typeof messages.batchRequest>["settings"],
      seed: training.seed,
      stream: streams.training,
      step: step - 1,
      from: leaf * training.microBatch,
      sequences: training.microBatch,
    };
    const { messenger, clock, log } = this.actor;
    try {
      const { fields, body } = await messenger.ask(
        messages.batchRequest,
        messages.batchAnswer,
        subjects.batch,
        question,
        answerTimeoutMs,
      );
      const floats = floatsOf(await messenger.received(fields, body));
      const { times, sequences } = fields;
      if (sequences !== training.microBatch) {
        throw new RangeError(`A batch must have ${training.microBatch} sequences, got ${sequences}`);
      }
      const { input, output } = this.model;
      return batchOf(floats.slice(), { times, sequences, input, output });
    } catch (error) {
      this.restUntil = clock.now() + restMs;
      log.debug("Made a batch here, since no data-env did", { step, leaf, why: String(error) });
      return null;
    }
  }
}
