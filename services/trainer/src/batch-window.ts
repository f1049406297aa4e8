/** Batches asked of the data-envs ahead of time, in a bounded window. One that is late is made by the trainer itself. */

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
  streams,
  type TrainingConfig,
  type TreeNode,
  taskSettings,
} from "memnet";

/** Micro-batches asked for and not yet used. */
const windowMax = 256;
/** Micro-batches of one step in one request: several data-envs share the work of a larger node. */
const partMax = 16;
/** A data-env that takes longer is taken for gone. */
const answerTimeoutMs = 2000;
/** How long a node waits for a batch that was asked for. */
const lateMs = 50;
/** After nobody answered, or too late, data-envs are asked again no sooner than this, or than an answer comes. */
const restMs = 500;

export class BatchWindow {
  private readonly actor: Actor;
  private readonly training: TrainingConfig;
  private readonly taskFile: string | null;
  private readonly model: ModelConfig;
  private readonly asked = new Map<string, Promise<Batch | null>>();
  private readonly made;
  private restUntil = Number.NEGATIVE_INFINITY;
  /** Bytes of a micro-batch, as the last answer had them; taken for as large as can be pushed until there is one. */
  private batchBytes = bodyBytesMax;

  constructor(actor: Actor, training: TrainingConfig, taskFile: string | null, model: ModelConfig) {
    this.actor = actor;
    this.training = training;
    this.taskFile = taskFile;
    this.model = model;
    this.made = fromZero(
      actor.metrics.counter("batches_total", "Batches used, by who made them", ["source"]),
      [{ source: "data-env" }, { source: "trainer" }],
    );
    actor.metrics.measured("batches_ahead", "Batches asked for and not used yet", () => this.asked.size);
  }

  /** Asks for a node's micro-batches that were not asked for yet, in few requests, as far as the window has room. */
  ask(step: number, node: TreeNode): void {
    if (this.resting) return;
    const wanted = this.missing(step, node).slice(0, windowMax - this.asked.size);
    for (const run of runsOf(wanted, Math.min(partMax, this.requestMax()))) this.request(step, 1, run);
  }

  /** The same node of the steps after this one, many in one request, once no more than half of them are on their way. */
  askAhead(step: number, node: TreeNode, steps: number): void {
    const last = step + steps;
    let next = step + 1;
    while (next <= last && this.missing(next, node).length === 0) next++;
    if (next - step > steps / 2) return;
    const size = node.hi - node.lo;
    while (next <= last && !this.resting) {
      const room = Math.floor(Math.min(windowMax - this.asked.size, this.requestMax()) / size);
      const untouched = (step: number) => this.missing(step, node).length === size;
      if (size > partMax || room < 2 || !untouched(next)) {
        this.ask(next, node);
        next++;
        continue;
      }
      let count = 1;
      while (count < room && next + count <= last && untouched(next + count)) count++;
      this.request(next, count, node);
      next += count;
    }
  }

  /** The micro-batch, or null where it is late: the trainer makes it itself. */
  async take(step: number, leaf: number): Promise<Batch | null> {
    this.ask(step, { lo: leaf, hi: leaf + 1 });
    const key = keyOf(step, leaf);
    const coming = this.asked.get(key);
    const batch = coming ? await this.inTime(coming) : null;
    this.asked.delete(key);
    this.made.inc({ source: batch ? "data-env" : "trainer" });
    return batch;
  }

  /** A late one tells of a data-env that is away without a word: what else was asked of it is not waited for. */
  private inTime(coming: Promise<Batch | null>): Promise<Batch | null> {
    const { clock } = this.actor;
    return new Promise((resolve) => {
      const cancel = clock.after(lateMs, () => {
        this.restUntil = clock.now() + restMs;
        this.asked.clear();
        resolve(null);
      });
      coming.then((batch) => {
        cancel();
        resolve(batch);
      });
    });
  }

  /** Batches of steps before this one are of no use any more. */
  forgetBefore(step: number): void {
    for (const key of this.asked.keys()) if (Number.parseInt(key, 10) < step) this.asked.delete(key);
  }

  private get resting(): boolean {
    return this.actor.clock.now() < this.restUntil;
  }

  private missing(step: number, { lo, hi }: TreeNode): number[] {
    return Array.from({ length: hi - lo }, (_, index) => lo + index).filter(
      (leaf) => !this.asked.has(keyOf(step, leaf)),
    );
  }

  /** Pulling an answer would take the messages that asking for many at once saves. */
  private requestMax(): number {
    return Math.max(1, Math.min(batchesMax, Math.floor(bodyBytesMax / this.batchBytes)));
  }

  private request(step: number, steps: number, node: TreeNode): void {
    const size = node.hi - node.lo;
    const coming = this.answerOf(step, steps, node);
    for (let index = 0; index < steps * size; index++) {
      this.asked.set(
        keyOf(step + Math.floor(index / size), node.lo + (index % size)),
        coming.then((batches) => batches?.[index] ?? null),
      );
    }
  }

  private async answerOf(step: number, steps: number, { lo, hi }: TreeNode): Promise<Batch[] | null> {
    const { training } = this;
    const question: Fields<typeof messages.batchRequest> = {
      task: training.task.name,
      sha256: training.task.sha256 ?? null,
      file: this.taskFile,
      settings: taskSettings(training) as Fields<typeof messages.batchRequest>["settings"],
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
      const bytes = await messenger.received(fields, body, "data-env");
      const { times, sequences, numberBytes } = fields;
      const wanted = steps * question.batches;
      if (times.length !== wanted || sequences !== question.sequences) {
        throw new RangeError(
          `The answer must have ${wanted} batches of ${question.sequences} sequences, ` +
            `got ${times.length} of ${sequences}`,
        );
      }
      const batches = this.unpack(question, times, { numberBytes, bytes });
      this.batchBytes = bytes.length / batches.length;
      this.restUntil = Number.NEGATIVE_INFINITY;
      return batches;
    } catch (error) {
      this.restUntil = clock.now() + restMs;
      log.debug("Made batches here, since no data-env did", { step, steps, lo, hi, why: String(error) });
      return null;
    }
  }

  /** Each step's batches as views of memory of their own, which goes to the thread that computes with them where there is one. */
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

function keyOf(step: number, leaf: number): string {
  return `${step}-${leaf}`;
}

/** Ascending leaves as runs without a gap, each of at most `lengthMax`. */
function runsOf(leaves: readonly number[], lengthMax: number): TreeNode[] {
  const runs: { lo: number; hi: number }[] = [];
  for (const leaf of leaves) {
    const last = runs.at(-1);
    if (last && last.hi === leaf && leaf - last.lo < lengthMax) last.hi++;
    else runs.push({ lo: leaf, hi: leaf + 1 });
  }
  return runs;
}
