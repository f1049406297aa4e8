/** Reads an episode's safetensors file from the server. */

import { figure, whole } from "./text.ts";

export interface Plane {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface EpisodeData {
  readonly tensors: Readonly<Record<string, Plane>>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Number of time steps. */
  readonly times: number;
}

/** Parses an episode. The tensors must be float32; nothing is checked, because the server wrote the file. */
export function readEpisode(file: ArrayBuffer): EpisodeData {
  const length = Number(new DataView(file).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(file, 8, length))) as Record<
    string,
    { shape: number[]; data_offsets: [number, number] }
  >;
  const { __metadata__: metadata, ...named } = header as typeof header & {
    __metadata__: Record<string, string>;
  };
  const tensors = Object.fromEntries(
    Object.entries(named).map(
      ([
        name,
        {
          shape,
          data_offsets: [start, end],
        },
      ]) => [name, { shape, data: new Float32Array(file, 8 + length + start, (end - start) / 4) }],
    ),
  );
  return { tensors, metadata, times: tensors.mask!.shape[0]! };
}

/** Describes an episode's result: `Step 6,000: 0 of 160 bits are wrong, loss 0.01 bits.` */
export function resultText({ tensors, metadata }: EpisodeData): string {
  const { step, wrongBits, loss } = metadata;
  const counted = tensors.mask!.data.reduce((sum, one) => sum + one, 0);
  const bits = counted * tensors.y!.shape[1]!;
  return `Step ${whole(Number(step))}: ${wrongBits} of ${whole(bits)} bits are wrong, loss ${figure(Number(loss) / Math.LN2)} bits.`;
}

/** Whether two episodes have the same input and target. */
export function isSameEpisode(a: EpisodeData, b: EpisodeData): boolean {
  return ["x", "y", "mask"].every((name) => {
    const [one, other] = [a.tensors[name]!.data, b.tensors[name]!.data];
    return one.length === other.length && one.every((value, index) => value === other[index]);
  });
}
