/** Times growing batches and memories: wasm beside JAX. */

import { table } from "../bin/src/text/table.ts";
import { installedPeers, type PeersFrom } from "./contender.ts";
import { Contenders, timeContenders } from "./peers.ts";
import { milliseconds, ratioText } from "./report.ts";
import { type Bounds, median } from "./timing.ts";
import { workload } from "./workload.ts";

const batches = [1, 4, 16, 64, 256];
const slots: Readonly<Record<string, readonly number[]>> = {
  "ntm-copy": [128, 512, 2048],
  // A DNC's link matrix is N × N, so only its batch grows.
  "dnc-repeat-copy": [16],
};

export interface ScaleWanted {
  readonly presets: readonly string[] | undefined;
  readonly sequences: readonly number[] | undefined;
  readonly bounds: Bounds;
}

/** Prints each row as soon as it is timed, since a whole table takes long. */
export async function scaleTable(
  { presets = Object.keys(slots), sequences: sizes = batches, bounds }: ScaleWanted,
  from: PeersFrom,
): Promise<string> {
  const names = ["wasm", ...installedPeers({ ...from, peers: from.peers ?? ["jax"] })];
  const rows: string[][] = [];
  using contenders = new Contenders(names, from);
  for (const preset of presets) {
    for (const count of slots[preset] ?? []) {
      for (const sequences of sizes) {
        const work = workload(preset, sequences, 1, { memory: { slots: count } });
        const times = await timeContenders(contenders, work, bounds, from.complain);
        const wasm = median(times.get("wasm")!.milliseconds);
        const others = names.slice(1).map((name) => {
          const theirs = times.get(name)?.milliseconds;
          return theirs ? [milliseconds(median(theirs)), ratioText(median(theirs) / wasm)] : ["", ""];
        });
        const perSequence = milliseconds((1000 * wasm) / sequences);
        rows.push([
          preset,
          String(count),
          String(sequences),
          milliseconds(wasm),
          perSequence,
          ...others.flat(),
        ]);
        from.complain(rows.at(-1)!.join("  "));
      }
    }
  }
  const heads = names.slice(1).flatMap((name) => [`>${name} ms`, `>${name} / wasm`]);
  return table(["preset", ">slots", ">sequences", ">wasm ms", ">µs / sequence", ...heads], rows);
}
