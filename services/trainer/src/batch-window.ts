/** Requests batches from the data-envs ahead of time, in a bounded window. The trainer makes a late batch itself. */

import {
  batchesMax,
  bodyBytesMax,
  type Fields,
  messages,
  type PackedNumbers,
  subjects,
  unpackNumbers,
} from "@memnet/protocol";
import { type Actor, fromZero } from "@memnet/service";
import {
  type Batch,
  batchesOf,
  batchLength,
  type ModelConfig,
  microBatchCount,
  streams,
  type TrainingConfig,
  type TreeNode,
  taskSettingsAt,
} from "memnet";

/** Maximum number of micro-batches requested and not yet used. */
const windowMax = 256;
/** Maximum number of micro-batches of one step in one request, so that several data-envs share a larger node. */
const partMax = 16;
/** A data-env that takes longer counts as gone. */
const answerTimeoutMs = 2000;
/** How long a node waits for a requested batch. */
const lateMs = 50;
/** After a request failed or was late, the window sends none for this long, unless an answer arrives earlier. */
const restMs = 500;

/** A micro-batch that a data-env made. */
export interface Taken {
  readonly batch: Batch;
  readonly dataEnv: string;
}

/** A data-env's answer, null if none came. */
type Answer = readonly Taken[] | null;

/** A request and its answer. */
interface Exchange {
  readonly answering: Promise<Answer>;
  /** Undefined until there is one. Reading it here costs less than awaiting it for each micro-batch. */
  answer?: Answer;
}

/** A micro-batch that was asked for, by its index in the answer. */
interface Asked {
  readonly exchange: Exchange;
  readonly index: number;
}

export class BatchWindow {
  /** Whether the trainer makes all batches itself, since a data-env has made wrong ones. */
  ownBatches = false;
  private readonly actor: Actor;
  private readonly training: TrainingConfig;
  private readonly taskFile: string | null;
  private readonly model: ModelConfig;
  /** By `placeOf`. */
  private readonly asked = new Map<number, Asked>();
  /** The micro-batches of a step. */
  private readonly leaves: number;
  private readonly made;
  private restUntil = Number.NEGATIVE_INFINITY;
  /** Bytes per micro-batch in the latest answer; until the first answer, assumed to be the most that can be pushed. */
  private batchBytes = bodyBytesMax;

  constructor(actor: Actor, training: TrainingConfig, taskFile: string | null, model: ModelConfig) {
    this.actor = actor;
    this.training = training;
    this.taskFile = taskFile;
    this.model = model;
    this.leaves = microBatchCount(training);
    this.made = fromZero(
      actor.metrics.counter("batches_total", "Batches used, by who made them", ["source"]),
      [{ source: "data-env" }, { source: "trainer" }],
    );
    actor.metrics.measured("batches_ahead", "Batches asked for and not used yet", () => this.asked.size);
  }

  /**
   * Requests the micro-batches of a node that have not been requested yet, in few requests, as far as the window has
   * room.
   */
  ask(step: number, node: TreeNode): void {
    if (this.resting) return;
    const wanted = this.missing(step, node).slice(0, windowMax - this.asked.size);
    for (const run of runsOf(wanted, Math.min(partMax, this.requestMax()))) this.request(step, 1, run);
  }

  /**
   * Requests the same node for the following steps, many in one request, once at most half of them are already
   * requested.
   */
  askAhead(step: number, node: TreeNode, steps: number): void {
    const last = step + steps;
    let next = step + 1;
    while (next <= last && !this.lacks(next, node)) next++;
    if (next - step > steps / 2) return;
    const size = node.hi - node.lo;
    while (next <= last && !this.resting && this.asked.size < windowMax) {
      const room = Math.floor(Math.min(windowMax - this.asked.size, this.requestMax()) / size);
      const untouched = (step: number) => this.missing(step, node).length === size;
      if (size > partMax || room < 2 || !untouched(next)) {
        this.ask(next, node);
        next++;
        continue;
      }
      // One request has one stage of the curriculum, whose settings are one object.
      const settings = taskSettingsAt(this.training, next);
      const isAlike = (step: number) => untouched(step) && taskSettingsAt(this.training, step) === settings;
      let count = 1;
      while (count < room && next + count <= last && isAlike(next + count)) count++;
      this.request(next, count, node);
      next += count;
    }
  }

  /** Returns the micro-batch, or null if it is late; the trainer then makes it itself. */
  async take(step: number, leaf: number): Promise<Taken | null> {
    this.ask(step, { lo: leaf, hi: leaf + 1 });
    const place = this.placeOf(step, leaf);
    const asked = this.ownBatches ? undefined : this.asked.get(place);
    const taken = asked ? await this.inTime(asked) : null;
    this.asked.delete(place);
    this.made.inc({ source: taken ? "data-env" : "trainer" });
    return taken;
  }

  private async inTime({ exchange, index }: Asked): Promise<Taken | null> {
    const { answer = await this.beforeLate(exchange.answering) } = exchange;
    return answer?.[index] ?? null;
  }

  /**
   * Resolves to null if the answer is late. Its data-env is then assumed to be gone, so no other pending request is
   * awaited.
   */
  private beforeLate(answering: Promise<Answer>): Promise<Answer> {
    const { clock } = this.actor;
    return new Promise((resolve) => {
      const cancel = clock.after(lateMs, () => {
        this.restUntil = clock.now() + restMs;
        this.asked.clear();
        resolve(null);
      });
      answering.then((answer) => {
        cancel();
        resolve(answer);
      });
    });
  }

  /** Drops batches of steps before this one. */
  forgetBefore(step: number): void {
    const first = this.placeOf(step, 0);
    for (const place of this.asked.keys()) if (place < first) this.asked.delete(place);
  }

  private get resting(): boolean {
    return this.ownBatches || this.actor.clock.now() < this.restUntil;
  }

  private missing(step: number, { lo, hi }: TreeNode): number[] {
    return Array.from({ length: hi - lo }, (_, index) => lo + index).filter(
      (leaf) => !this.asked.has(this.placeOf(step, leaf)),
    );
  }

  /** Whether any micro-batch of the node is missing. */
  private lacks(step: number, { lo, hi }: TreeNode): boolean {
    for (let leaf = lo; leaf < hi; leaf++) if (!this.asked.has(this.placeOf(step, leaf))) return true;
    return false;
  }

  /** Numbers the micro-batches of all steps. */
  private placeOf(step: number, leaf: number): number {
    return step * this.leaves + leaf;
  }

  /**
   * The most micro-batches that can be pushed in one answer: pulling would cost the messages that a large request
   * saves.
   */
  private requestMax(): number {
    return Math.max(1, Math.min(batchesMax, Math.floor(bodyBytesMax / this.batchBytes)));
  }

  private request(step: number, steps: number, node: TreeNode): void {
    const size = node.hi - node.lo;
    const exchange: Exchange = { answering: this.answerOf(step, steps, node) };
    exchange.answering.then((answer) => {
      exchange.answer = answer;
    });
    for (let index = 0; index < steps * size; index++) {
      const place = this.placeOf(step + Math.floor(index / size), node.lo + (index % size));
      this.asked.set(place, { exchange, index });
    }
  }

  private async answerOf(step: number, steps: number, { lo, hi }: TreeNode): Promise<Taken[] | null> {
    const { training } = this;
    const question: Fields<typeof messages.batchRequest> = {
      task: training.task.name,
      sha256: training.task.sha256 ?? null,
      file: this.taskFile,
      settings: taskSettingsAt(training, step) as Fields<typeof messages.batchRequest>["settings"],
      seed: training.seed,
      stream: streams.training,
      step: step - 1,
      steps,
      from: lo * training.microBatch,
      sequences: training.microBatch,
      batches: hi - lo,
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
      const { dataEnv, times, sequences, numberBytes } = fields;
      const wanted = steps * question.batches;
      if (times.length !== wanted || sequences !== question.sequences) {
        throw new RangeError(
          `The answer must have ${wanted} batches of ${question.sequences} sequences, ` +
            `got ${times.length} of ${sequences}`,
        );
      }
      const { input, output } = this.model;
      const bytesWanted = batchLength({ times, sequences, input, output }) * numberBytes;
      const bytes = await messenger.received(fields, body, "data-env", bytesWanted);
      const batches = this.unpack(question, times, { numberBytes, bytes });
      this.batchBytes = bytes.length / batches.length;
      this.restUntil = Number.NEGATIVE_INFINITY;
      return batches.map((batch) => ({ batch, dataEnv }));
    } catch (error) {
      this.restUntil = clock.now() + restMs;
      log.debug("Made batches here, since no data-env did", { step, steps, lo, hi, why: String(error) });
      return null;
    }
  }

  /**
   * Unpacks an answer. The batches of each step are views of that step's own buffer, which can be transferred to a
   * computing thread.
   */
  private unpack(
    { steps, batches, sequences }: Fields<typeof messages.batchRequest>,
    times: readonly number[],
    { numberBytes, bytes }: PackedNumbers,
  ): Batch[] {
    const { input, output } = this.model;
    let end = 0;
    const unpacked = Array.from({ length: steps }, (_, step) => {
      const sizes = { times: times.slice(step * batches, (step + 1) * batches), sequences, input, output };
      const from = end;
      end += batchLength(sizes) * numberBytes;
      return batchesOf(unpackNumbers({ numberBytes, bytes: bytes.subarray(from, end) }), sizes);
    });
    if (end !== bytes.length) {
      throw new RangeError(`The answer must have ${end} bytes, got ${bytes.length}`);
    }
    return unpacked.flat();
  }
}

/** Groups ascending leaves into runs without gaps, each of at most `lengthMax`. */
function runsOf(leaves: readonly number[], lengthMax: number): TreeNode[] {
  const runs: { lo: number; hi: number }[] = [];
  for (const leaf of leaves) {
    const last = runs.at(-1);
    if (last && last.hi === leaf && leaf - last.lo < lengthMax) last.hi++;
    else runs.push({ lo: leaf, hi: leaf + 1 });
  }
  return runs;
}
