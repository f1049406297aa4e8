/** The strips of what a memory's heads do: where they write and read, what, and why. */

import type { EpisodeData, Plane } from "./episode.ts";
import { type Colours, unit } from "./heatmap.ts";
import type { Kind } from "./meanings.ts";
import { at, type Look, largest, ofHead, type Strip } from "./strip.ts";
import { readVectors, writtenVectors } from "./vectors.ts";

type Tensors = EpisodeData["tensors"];

/** Returns the strips of weights, then of vectors, then of what decides the weights. */
export function memoryStrips(tensors: Tensors, look: Look): Strip[] {
  const { writeWeights, readWeights, writeStrength, readStrength } = tensors as Record<string, Plane>;
  const isDnc = tensors.usage !== undefined;
  const { slots, apart } = look;
  return [
    ...(apart ? [] : [overlaid(writeWeights!, readWeights!, slots)]),
    ...(isDnc ? writeShares(tensors, slots) : []),
    ...(apart && !isDnc ? weights("writeWeights", "Write weights", writeWeights!, slots) : []),
    ...(apart ? weights("readWeights", "Read weights", readWeights!, slots) : []),
    ...perHead("written", "Written", writtenVectors(tensors), "number"),
    ...perHead("read", "Read", readVectors(tensors), "number"),
    ...(isDnc ? dncStrips(tensors, slots) : ntmStrips(tensors)),
    scalars("strength", "Key strengths", { write: writeStrength!, read: readStrength! }),
  ];
}

function ntmStrips(tensors: Tensors): Strip[] {
  const { writeGate, readGate, writeShift, readShift, writeSharpen, readSharpen } = tensors as Record<
    string,
    Plane
  >;
  return [
    scalars("interpolation", "Interpolation gates", { write: writeGate!, read: readGate! }, unit),
    ...perHead("shift", "Write shift", writeShift!, "shift"),
    ...perHead("shift", "Read shift", readShift!, "shift"),
    scalars("sharpening", "Sharpening", { write: writeSharpen!, read: readSharpen! }),
  ];
}

function dncStrips(tensors: Tensors, slots: readonly number[]): Strip[] {
  const { usage, allocationGate, writeGate, freeGate, readMode } = tensors as Record<string, Plane>;
  return [
    {
      ...{ kind: "usage", title: "Usage", ...slotRows(slots), colours: unit },
      value: (row, time) => at(usage!, time, slots[row]!),
    },
    scalars("allocationGate", "Allocation gate", { write: allocationGate! }, unit),
    scalars("writeGate", "Write gate", { write: writeGate! }, unit),
    scalars("freeGate", "Free gates", { read: freeGate! }, unit),
    ...readModes(readMode!),
  ];
}

function slotRows(slots: readonly number[]): Pick<Strip, "rowName" | "names"> {
  return { rowName: "slot", names: slots.map((slot) => String(slot + 1)) };
}

/** Returns the strip of the largest weight of any write head and of any read head. */
function overlaid(writes: Plane, reads: Plane, slots: readonly number[]): Strip {
  const most = (plane: Plane) => (row: number, time: number) => {
    let weight = 0;
    for (let head = 0; head < plane.shape[1]!; head++) {
      weight = Math.max(weight, ofHead(plane, time, head, slots[row]!));
    }
    return weight;
  };
  return {
    ...{ kind: "weights", title: "Write and read weights", ...slotRows(slots) },
    ...{ colours: { kind: "pair", names: ["write", "read"] }, value: most(writes), second: most(reads) },
  };
}

function weights(kind: Kind, title: string, plane: Plane, slots: readonly number[]): Strip[] {
  return headsOf(plane).map(({ head, suffix }) => ({
    ...{ kind, title: `${title}${suffix}`, head, ...slotRows(slots), colours: unit },
    value: (row, time) => ofHead(plane, time, head, slots[row]!),
  }));
}

/** Returns the write weights of each head of a DNC as their two summands, w = g (g_a a + (1 − g_a) c). */
function writeShares(tensors: Tensors, slots: readonly number[]): Strip[] {
  const { allocationWeights, contentWeights, allocationGate, writeGate } = tensors as Record<string, Plane>;
  return headsOf(allocationWeights!).map(({ head, suffix }) => {
    const share = (plane: Plane, gate: (allocation: number) => number) => (row: number, time: number) =>
      at(writeGate!, time, head) *
      gate(at(allocationGate!, time, head)) *
      ofHead(plane, time, head, slots[row]!);
    return {
      ...{ kind: "writeShares", title: `Write weights: allocation and content${suffix}`, head },
      ...slotRows(slots),
      colours: { kind: "pair", names: ["allocation", "content"] },
      value: share(allocationWeights!, (gate) => gate),
      second: share(contentWeights!, (gate) => 1 - gate),
    };
  });
}

/** Returns one strip for each head of [time, heads, rows]. */
function perHead(kind: Kind, title: string, plane: Plane, rowName: "number" | "shift"): Strip[] {
  const rows = Array.from({ length: plane.shape[2]! }, (_, row) => row);
  const middle = (rows.length - 1) / 2;
  const names = rows.map((row) => (rowName === "shift" ? signedText(row - middle) : String(row + 1)));
  const colours: Colours = rowName === "shift" ? unit : { kind: "signed", most: largest(plane) };
  return headsOf(plane).map(({ head, suffix }) => ({
    ...{ kind, title: `${title}${suffix}`, head, rowName, names, colours },
    value: (row, time) => ofHead(plane, time, head, row),
  }));
}

function signedText(number: number): string {
  return number > 0 ? `+${number}` : String(number).replace("-", "−");
}

/** Returns the strip of one number of each head, with a row for each. */
function scalars(
  kind: Kind,
  title: string,
  planes: Readonly<Partial<Record<"write" | "read", Plane>>>,
  colours?: Colours,
): Strip {
  const rows = Object.entries(planes).flatMap(([name, plane]) =>
    headsOf(plane).map(({ head, number }) => ({ plane, head, name: `${name}${number}` })),
  );
  return {
    ...{ kind, title, rowName: "head", names: rows.map(({ name }) => name) },
    colours: colours ?? { kind: "amount", most: Math.max(...Object.values(planes).map(largest)) },
    value: (row, time) => at(rows[row]!.plane, time, rows[row]!.head),
  };
}

/** Returns the strips of [time, heads, 2K + 1]: backward, forward and content, with a row for each head in each mode. */
function readModes(plane: Plane): Strip[] {
  const writes = (plane.shape[2]! - 1) / 2;
  const modes = [
    { kind: "backward", from: 0, count: writes },
    { kind: "forward", from: writes, count: writes },
    { kind: "content", from: 2 * writes, count: 1 },
  ] as const;
  return modes.map(({ kind, from, count }) => {
    const rows = headsOf(plane).flatMap(({ head, number }) =>
      Array.from({ length: count }, (_, write) => ({
        head,
        mode: from + write,
        name: `read${number}${count > 1 ? `, write ${write + 1}` : ""}`,
      })),
    );
    return {
      ...{
        kind,
        title: `Read mode: ${kind}`,
        rowName: "head",
        names: rows.map(({ name }) => name),
        colours: unit,
      },
      value: (row, time) => ofHead(plane, time, rows[row]!.head, rows[row]!.mode),
    };
  });
}

/** Returns the heads of a tensor [time, heads, …], and how titles and rows tell them apart if there are several. */
function headsOf({ shape }: Plane): { head: number; suffix: string; number: string }[] {
  const count = shape[1]!;
  return Array.from({ length: count }, (_, head) => ({
    head,
    suffix: count > 1 ? `, head ${head + 1}` : "",
    number: count > 1 ? ` ${head + 1}` : "",
  }));
}
