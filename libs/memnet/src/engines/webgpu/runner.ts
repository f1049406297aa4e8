/**
 * Batches on their way to the device and back. Two may be under way: while the device computes one, the next is
 * uploaded.
 */

import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import { type Programs, Room, storageUsage } from "./device.ts";
import { bufferUsage, mapRead } from "./gpu.ts";
import { recordLayout } from "./layout.ts";
import { chunksOf, type Plan, partsOf, planFor } from "./plan.ts";

/** Uniform buffers' offsets are multiples of this on every device. */
const sizesStride = 256;

/** What belongs to a batch under way; the rest is shared, since the device takes one after the other. */
interface Passage {
  readonly sizes: Room;
  readonly given: Room;
  readonly result: Room;
  readonly answer: Room;
  readonly clock: Clock | undefined;
  staged: Float32Array;
  /** What the sizes lie there for; they are uploaded where they are others. */
  sizesFor: string;
  busy: Promise<unknown>;
}

export interface Runner {
  /** @returns [gradient, losses, misses] */
  gradient(parameters: Float32Array, batch: Batch): Promise<Float32Array>;
  /** @returns [losses, misses] */
  evaluate(parameters: Float32Array, batch: Batch): Promise<Float32Array>;
  /** @returns each chunk's records, [time + 1, sequences of the chunk, record] */
  records(parameters: Float32Array, batch: Batch): Promise<Float32Array[]>;
  busyMs(): number | undefined;
}

export function createRunner(programs: Programs, model: ModelConfig): Runner {
  const { device, limits, layout, workgroups, spilledFloats } = programs;
  const rooms = {
    packed: new Room(device, storageUsage),
    kept: new Room(device, storageUsage),
    slopes: new Room(device, storageUsage),
    partial: new Room(device, storageUsage),
    spill: new Room(device, storageUsage),
  };
  const passages = [newPassage(device), newPassage(device)];
  let next = 0;

  /** Uploads a batch and lets the kernels work on it; `read` takes what is wanted from where they left it. */
  async function run<T>(
    parameters: Float32Array,
    batch: Batch,
    kind: "gradient" | "evaluate" | "records",
    read: (passage: Passage, plan: Plan, encoder: GPUCommandEncoder) => () => Promise<T>,
  ): Promise<T> {
    const keep = kind !== "evaluate";
    const kernels = programs.throughTime(batch.sequences);
    const forward = await (keep ? kernels.forward() : kernels.plain());
    const backward = kind === "gradient" ? await kernels.backward() : undefined;
    const passage = passages[next++ % passages.length]!;
    const { clock } = passage;
    const turn = passage.busy.then(async () => {
      const plan = planFor(model, batch, keep, limits, spilledFloats);
      device.pushErrorScope("out-of-memory");
      device.pushErrorScope("validation");
      const chunks = chunksOf(batch.sequences, plan.chunk);
      upload(passage, plan, parameters, batch, kind, chunks);
      const group = bound(passage, plan, parameters.length);
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass(clock ? { timestampWrites: clock.writes } : {});
      const dispatch = (pipeline: GPUComputePipeline, chunk: number, across: number, down = 1) => {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group, [chunk * sizesStride]);
        pass.dispatchWorkgroups(across, down);
      };
      dispatch(programs.pack, 0, workgroups.pack);
      for (const [chunk, { count }] of chunks.entries()) {
        dispatch(forward, chunk, count);
        if (!backward) continue;
        dispatch(backward, chunk, count);
        dispatch(programs.products, chunk, workgroups.products, partsOf(batch.times * count).parts);
        dispatch(programs.sum, chunk, workgroups.sum);
      }
      pass.end();
      clock?.resolve(encoder);
      const answer = read(passage, plan, encoder);
      device.queue.submit([encoder.finish()]);
      const arrived = Promise.all([answer(), clock?.read()]);
      // Where the device refuses the work, what it says is told, not that the answer's buffer is of no use.
      arrived.catch(() => undefined);
      for (const error of await Promise.all([device.popErrorScope(), device.popErrorScope()])) {
        if (error) throw new Error(`Cannot compute on the device: ${error.message}`);
      }
      return (await arrived)[0];
    });
    passage.busy = turn.catch(() => undefined);
    return turn;
  }

  function upload(
    passage: Passage,
    plan: Plan,
    parameters: Float32Array,
    batch: Batch,
    kind: string,
    chunks: readonly { first: number; count: number }[],
  ): void {
    if (passage.staged.length < plan.given) passage.staged = new Float32Array(plan.given);
    passage.staged.set(parameters);
    passage.staged.set(batch.x, plan.xAt);
    passage.staged.set(batch.y, plan.yAt);
    passage.staged.set(batch.mask, plan.maskAt);
    const { buffer } = passage.given.of(4 * plan.given);
    device.queue.writeBuffer(buffer, 0, passage.staged.buffer, 0, 4 * plan.given);
    const sizesFor = `${kind} ${batch.times} ${batch.sequences}`;
    const { buffer: sizes, isNew } = passage.sizes.of(chunks.length * sizesStride);
    if (passage.sizesFor === sizesFor && !isNew) return;
    const words = new Uint32Array((chunks.length * sizesStride) / 4);
    for (const [index, { first, count }] of chunks.entries()) {
      const { parts, rowsPerPart } = partsOf(batch.times * count);
      const { xAt, yAt, maskAt, lossAt } = plan;
      const values = [
        batch.times,
        batch.sequences,
        first,
        count,
        xAt,
        yAt,
        maskAt,
        lossAt,
        parts,
        rowsPerPart,
      ];
      words.set([...values, first > 0 ? 1 : 0], (index * sizesStride) / 4);
    }
    device.queue.writeBuffer(sizes, 0, words);
    passage.sizesFor = sizesFor;
  }

  function bound(passage: Passage, plan: Plan, parameters: number): GPUBindGroup {
    const buffers = [
      passage.given.of(4 * plan.given),
      rooms.packed.of(4 * parameters),
      rooms.kept.of(4 * plan.kept),
      rooms.slopes.of(4 * plan.slopes),
      rooms.partial.of(4 * plan.partial),
      passage.result.of(4 * plan.result),
      rooms.spill.of(4 * plan.spill),
    ];
    return device.createBindGroup({
      layout,
      entries: [
        { binding: 0, resource: { buffer: passage.sizes.of(0).buffer, size: 48 } },
        ...buffers.map(({ buffer }, index) => ({ binding: index + 1, resource: { buffer } })),
      ],
    });
  }

  const results = (passage: Passage, plan: Plan, encoder: GPUCommandEncoder) => {
    const { buffer } = passage.answer.of(4 * plan.result);
    encoder.copyBufferToBuffer(passage.result.of(0).buffer, 0, buffer, 0, 4 * plan.result);
    return () => mapped(buffer, 4 * plan.result);
  };

  return {
    gradient: (parameters, batch) => run(parameters, batch, "gradient", results),
    evaluate: (parameters, batch) => run(parameters, batch, "evaluate", results),
    async records(parameters, batch) {
      const { chunk } = planFor(model, batch, true, limits, spilledFloats);
      const size = recordLayout(model, true).size;
      const answers: Float32Array[] = [];
      for (const { first, count } of chunksOf(batch.sequences, chunk)) {
        const bytes = 4 * (batch.times + 1) * count * size;
        answers.push(
          await run(parameters, part(batch, first, count), "records", (passage, _plan, encoder) => {
            const { buffer } = passage.answer.of(bytes);
            encoder.copyBufferToBuffer(rooms.kept.of(0).buffer, 0, buffer, 0, bytes);
            return () => mapped(buffer, bytes);
          }),
        );
      }
      return answers;
    },
    busyMs() {
      const clocks = passages.flatMap(({ clock }) => (clock ? [clock] : []));
      return clocks.length === 0 ? undefined : clocks.reduce((sum, clock) => sum + clock.spentMs(), 0);
    },
  };
}

function newPassage(device: GPUDevice): Passage {
  return {
    sizes: new Room(device, bufferUsage.uniform | bufferUsage.copyTarget),
    given: new Room(device, storageUsage),
    result: new Room(device, storageUsage),
    answer: new Room(device, bufferUsage.mapRead | bufferUsage.copyTarget),
    clock: device.features.has("timestamp-query") ? newClock(device) : undefined,
    staged: new Float32Array(0),
    sizesFor: "",
    busy: Promise.resolve(),
  };
}

async function mapped(buffer: GPUBuffer, bytes: number): Promise<Float32Array> {
  await buffer.mapAsync(mapRead, 0, bytes);
  const copy = new Float32Array(buffer.getMappedRange(0, bytes).slice(0));
  buffer.unmap();
  return copy;
}

/** Some of a batch's sequences. */
function part({ times, sequences, x, y, mask }: Batch, first: number, count: number): Batch {
  if (count === sequences) return { times, sequences, x, y, mask };
  const cut = (array: Float32Array) => {
    const width = array.length / (times * sequences);
    const all = new Float32Array(times * count * width);
    for (let time = 0; time < times; time++) {
      const begin = (time * sequences + first) * width;
      all.set(array.subarray(begin, begin + count * width), time * count * width);
    }
    return all;
  };
  return { times, sequences: count, x: cut(x), y: cut(y), mask: cut(mask) };
}

type Clock = ReturnType<typeof newClock>;

/** Adds up how long the device is busy. */
function newClock(device: GPUDevice) {
  const querySet = device.createQuerySet({ type: "timestamp", count: 2 });
  const resolved = device.createBuffer({
    size: 16,
    usage: bufferUsage.queryResolve | bufferUsage.copySource,
  });
  const answer = device.createBuffer({ size: 16, usage: bufferUsage.mapRead | bufferUsage.copyTarget });
  let spent = 0n;
  return {
    writes: { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
    resolve(encoder: GPUCommandEncoder) {
      encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, answer, 0, 16);
    },
    async read() {
      await answer.mapAsync(mapRead);
      const [begin, end] = new BigUint64Array(answer.getMappedRange());
      spent += end! - begin!;
      answer.unmap();
    },
    spentMs: () => Number(spent) / 1e6,
  };
}
