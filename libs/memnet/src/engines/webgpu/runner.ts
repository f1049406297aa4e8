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
/** What the device may refuse. */
const errorKinds = ["out-of-memory", "validation"] as const;

/** What belongs to a batch under way; the rest is shared, since the device takes one after the other. */
interface Passage {
  readonly sizes: Room;
  readonly given: Room;
  readonly result: Room;
  readonly answer: Room;
  readonly clock: Clock | undefined;
  /** What was done last and went well: its sizes lie there. */
  done: string;
  bound: { readonly buffers: readonly GPUBuffer[]; readonly group: GPUBindGroup } | undefined;
  busy: Promise<unknown>;
}

/** What is wanted of the device's answer, which is gone afterwards. */
type Use<T> = (answer: Float32Array) => T;

export interface Runner {
  /** Answers [gradient, losses, misses]. */
  gradient<T>(parameters: Float32Array, batch: Batch, use: Use<T>): Promise<T>;
  /** Answers [losses, misses]. */
  evaluate<T>(parameters: Float32Array, batch: Batch, use: Use<T>): Promise<T>;
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
  const plans = new Map<string, Plan>();

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
      const plan = planOf(batch, keep);
      const doing = `${kind} ${batch.times} ${batch.sequences}`;
      // What is done again as before allocates nothing, and is refused for nothing.
      const isNew = passage.done !== doing;
      passage.done = "";
      if (isNew) for (const what of errorKinds) device.pushErrorScope(what);
      const chunks = chunksOf(batch.sequences, plan.chunk);
      upload(passage, plan, parameters, batch);
      if (isNew) uploadSizes(passage, plan, batch, chunks);
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
      for (const error of await Promise.all(isNew ? errorKinds.map(() => device.popErrorScope()) : [])) {
        if (error) throw new Error(`Cannot compute on the device: ${error.message}`);
      }
      const [result] = await arrived;
      passage.done = doing;
      return result;
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

  function upload(passage: Passage, plan: Plan, parameters: Float32Array, batch: Batch): void {
    const given = passage.given.of(4 * plan.given);
    const parts = [
      [0, parameters],
      [plan.xAt, batch.x],
      [plan.yAt, batch.y],
      [plan.maskAt, batch.mask],
    ] as const;
    for (const [at, floats] of parts) {
      device.queue.writeBuffer(given, 4 * at, floats.buffer, floats.byteOffset, floats.byteLength);
    }
  }

  function uploadSizes(
    passage: Passage,
    plan: Plan,
    batch: Batch,
    chunks: readonly { first: number; count: number }[],
  ): void {
    const sizes = passage.sizes.of(chunks.length * sizesStride);
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
  }

  function bound(passage: Passage, plan: Plan, parameters: number): GPUBindGroup {
    const buffers = [
      passage.sizes.of(0),
      passage.given.of(4 * plan.given),
      rooms.packed.of(4 * parameters),
      rooms.kept.of(4 * plan.kept),
      rooms.slopes.of(4 * plan.slopes),
      rooms.partial.of(4 * plan.partial),
      passage.result.of(4 * plan.result),
      rooms.spill.of(4 * plan.spill),
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

  /** Copies some of a buffer to where the host can read it. */
  function fetched<T>(
    { answer }: Passage,
    source: Room,
    floats: number,
    encoder: GPUCommandEncoder,
    use: Use<T>,
  ): () => Promise<T> {
    const buffer = answer.of(4 * floats);
    encoder.copyBufferToBuffer(source.of(0), 0, buffer, 0, 4 * floats);
    return async () => {
      await buffer.mapAsync(mapRead, 0, 4 * floats);
      const used = use(new Float32Array(buffer.getMappedRange(0, 4 * floats)));
      buffer.unmap();
      return used;
    };
  }

  return {
    gradient: (parameters, batch, use) =>
      run(parameters, batch, "gradient", (passage, plan, encoder) =>
        fetched(passage, passage.result, plan.result, encoder, use),
      ),
    evaluate: (parameters, batch, use) =>
      run(parameters, batch, "evaluate", (passage, plan, encoder) =>
        fetched(passage, passage.result, plan.result, encoder, use),
      ),
    async records(parameters, batch) {
      const { chunk } = planFor(model, batch, true, limits, spilledFloats);
      const size = recordLayout(model, true).size;
      const answers: Float32Array[] = [];
      for (const { first, count } of chunksOf(batch.sequences, chunk)) {
        const floats = (batch.times + 1) * count * size;
        answers.push(
          await run(parameters, part(batch, first, count), "records", (passage, _plan, encoder) =>
            fetched(passage, rooms.kept, floats, encoder, (answer) => answer.slice()),
          ),
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
    done: "",
    bound: undefined,
    busy: Promise.resolve(),
  };
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
