/** Runs batches on the device. Two may be under way: while the device computes one, the next is uploaded. */

import type { Batch } from "../../batch.ts";
import type { ModelConfig } from "../../config/model.ts";
import type { Chunk } from "../trace.ts";
import { GrowingBuffer, type Programs } from "./device.ts";
import { bufferUsage, mapRead } from "./gpu.ts";
import { chunksOf, type Plan, partsOf, planFor } from "./plan.ts";

/** Offsets into uniform buffers are multiples of this on every device. */
const sizesStride = 256;
/** The errors with which a device may refuse work. */
const errorKinds = ["out-of-memory", "validation"] as const;

/** The buffers of one batch under way. All others are shared, since the device takes one batch after another. */
interface Passage {
  readonly sizes: GrowingBuffer;
  readonly given: GrowingBuffer;
  readonly result: GrowingBuffer;
  readonly answer: GrowingBuffer;
  readonly clock: Clock | undefined;
  /** The last work that succeeded; its sizes are still in the buffer. */
  done: string;
  bound: { readonly buffers: readonly GPUBuffer[]; readonly group: GPUBindGroup } | undefined;
  busy: Promise<unknown>;
}

export function createRunner(programs: Programs, model: ModelConfig) {
  const { device, limits, layout, workgroups, spilledFloats } = programs;
  const packed = new GrowingBuffer(device);
  const kept = new GrowingBuffer(device);
  const slopes = new GrowingBuffer(device);
  const partial = new GrowingBuffer(device);
  const spill = new GrowingBuffer(device);
  const passages = [newPassage(device), newPassage(device)];
  let next = 0;
  const plans = new Map<string, Plan>();

  /**
   * Answers [gradient, losses, misses] for a gradient, [losses, misses] for an evaluation, and the records of a batch of
   * one chunk.
   *
   * @param use called with the device's answer, which is gone afterwards
   */
  async function run<T>(
    kind: "gradient" | "evaluate" | "records",
    parameters: Float32Array,
    batch: Batch,
    use: (answer: Float32Array) => T,
  ): Promise<T> {
    const keep = kind !== "evaluate";
    const kernels = programs.throughTime(batch.sequences);
    const forward = await (keep ? kernels.forward() : kernels.plain());
    const backward = kind === "gradient" ? await kernels.backward() : undefined;
    const passage = passages[next++ % passages.length]!;
    const { clock } = passage;
    const turn = passage.busy.then(async () => {
      const plan = planOf(batch, keep);
      const work = `${kind} ${batch.times} ${batch.sequences}`;
      // The same work again allocates nothing, so the device cannot refuse it.
      const isNew = passage.done !== work;
      passage.done = "";
      if (isNew) for (const error of errorKinds) device.pushErrorScope(error);
      const chunks = chunksOf(batch.sequences, plan.chunk);
      upload(passage, plan, parameters, batch);
      if (isNew) uploadSizes(passage, plan, batch, chunks);
      const group = bindGroup(passage, plan, parameters.length);
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass(clock ? { timestampWrites: clock.writes } : {});
      const dispatch = (pipeline: GPUComputePipeline, chunk: number, across: number, down = 1) => {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group, [chunk * sizesStride]);
        pass.dispatchWorkgroups(across, down);
      };
      dispatch(programs.pack, 0, workgroups("pack"));
      for (const [chunk, { count }] of chunks.entries()) {
        dispatch(forward, chunk, count);
        if (!backward) continue;
        dispatch(backward, chunk, count);
        dispatch(programs.products, chunk, workgroups("products"), partsOf(batch.times * count).parts);
        dispatch(programs.sum, chunk, workgroups("sum"));
      }
      pass.end();
      clock?.resolve(encoder);
      const [source, floats] = kind === "records" ? [kept, plan.kept] : [passage.result, plan.result];
      const answer = passage.answer.of(4 * floats);
      encoder.copyBufferToBuffer(source.of(0), 0, answer, 0, 4 * floats);
      device.queue.submit([encoder.finish()]);
      const arrived = Promise.all([answer.mapAsync(mapRead, 0, 4 * floats), clock?.read()]);
      // If the device refuses the work, its own error is thrown below, not that of the answer's buffer.
      arrived.catch(() => undefined);
      for (const error of await Promise.all(isNew ? errorKinds.map(() => device.popErrorScope()) : [])) {
        if (error) throw new Error(`Cannot compute on the device: ${error.message}`);
      }
      await arrived;
      const used = use(new Float32Array(answer.getMappedRange(0, 4 * floats)));
      answer.unmap();
      passage.done = work;
      return used;
    });
    passage.busy = turn.catch(() => undefined);
    return turn;
  }

  function planOf(batch: Batch, keep: boolean): Plan {
    const key = `${batch.times} ${batch.sequences} ${keep}`;
    const plan = plans.get(key) ?? planFor(model, batch, keep, limits, spilledFloats);
    plans.set(key, plan);
    return plan;
  }

  function upload({ given }: Passage, plan: Plan, parameters: Float32Array, { x, y, mask }: Batch): void {
    const buffer = given.of(4 * plan.given);
    for (const [at, floats] of [
      [0, parameters],
      [plan.xAt, x],
      [plan.yAt, y],
      [plan.maskAt, mask],
    ] as const) {
      device.queue.writeBuffer(buffer, 4 * at, floats.buffer, floats.byteOffset, floats.byteLength);
    }
  }

  /** Each chunk's `Sizes`, see `wgsl/assemble.ts`. */
  function uploadSizes(
    { sizes }: Passage,
    { xAt, yAt, maskAt, lossAt }: Plan,
    { times, sequences }: Batch,
    chunks: readonly { first: number; count: number }[],
  ): void {
    const words = new Uint32Array((chunks.length * sizesStride) / 4);
    for (const [index, { first, count }] of chunks.entries()) {
      const { parts, rowsPerPart } = partsOf(times * count);
      const chunk = [times, sequences, first, count, xAt, yAt, maskAt, lossAt, parts, rowsPerPart];
      words.set([...chunk, first > 0 ? 1 : 0], (index * sizesStride) / 4);
    }
    device.queue.writeBuffer(sizes.of(words.byteLength), 0, words);
  }

  function bindGroup(passage: Passage, plan: Plan, parameters: number): GPUBindGroup {
    const buffers = [
      passage.sizes.of(0),
      passage.given.of(4 * plan.given),
      packed.of(4 * parameters),
      kept.of(4 * plan.kept),
      slopes.of(4 * plan.slopes),
      partial.of(4 * plan.partial),
      passage.result.of(4 * plan.result),
      spill.of(4 * plan.spill),
    ];
    if (passage.bound && buffers.every((buffer, index) => buffer === passage.bound?.buffers[index])) {
      return passage.bound.group;
    }
    const group = device.createBindGroup({
      layout,
      entries: buffers.map((buffer, binding) => ({
        binding,
        resource: binding === 0 ? { buffer, size: 48 } : { buffer },
      })),
    });
    passage.bound = { buffers, group };
    return group;
  }

  return {
    run,
    /** Each chunk's records, [time + 1, sequences of the chunk, record]. */
    async records(parameters: Float32Array, batch: Batch): Promise<Chunk[]> {
      const { chunk } = planOf(batch, true);
      const chunks: Chunk[] = [];
      for (const { first, count } of chunksOf(batch.sequences, chunk)) {
        const floats = await run("records", parameters, part(batch, first, count), (answer) =>
          answer.slice(),
        );
        chunks.push({ floats, first, count });
      }
      return chunks;
    },
    busyMs(): number | undefined {
      const clocks = passages.flatMap(({ clock }) => (clock ? [clock] : []));
      return clocks.length === 0 ? undefined : clocks.reduce((sum, clock) => sum + clock.spentMs(), 0);
    },
  };
}

function newPassage(device: GPUDevice): Passage {
  return {
    sizes: new GrowingBuffer(device, bufferUsage.uniform | bufferUsage.copyTarget),
    given: new GrowingBuffer(device),
    result: new GrowingBuffer(device),
    answer: new GrowingBuffer(device, bufferUsage.mapRead | bufferUsage.copyTarget),
    clock: device.features.has("timestamp-query") ? newClock(device) : undefined,
    done: "",
    bound: undefined,
    busy: Promise.resolve(),
  };
}

/** Some of a batch's sequences. */
function part({ times, sequences, x, y, mask }: Batch, first: number, count: number): Batch {
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
  const usage = bufferUsage.queryResolve | bufferUsage.copySource;
  const resolved = device.createBuffer({ size: 16, usage });
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
