/** The strips of an episode: what goes in and out, and what the heads do. */

import type { EpisodeData, Plane } from "./episode.ts";
import { flagsOf } from "./flags.ts";
import { unit } from "./heatmap.ts";
import { memoryStrips } from "./memory-strips.ts";
import { at, type Look, largest, type Strip } from "./strip.ts";

/**
 * Returns the strips in the order of the papers' figures: input, target, output, error, then what the heads do. Without
 * a memory there are no heads.
 */
export function stripsOf(data: EpisodeData, look: Look): Strip[] {
  return [...channelStrips(data), ...(data.tensors.memory ? memoryStrips(data.tensors, look) : [])];
}

function channelStrips({ tensors, metadata }: EpisodeData): Strip[] {
  const names = JSON.parse(metadata.channels!) as Record<"input" | "output", string[]>;
  const { x, y, mask, logits } = tensors as Record<string, Plane>;
  const given = { rowName: "channel", names: names.input, flags: flagsOf(x!, names.input) } as const;
  const answer = { rowName: "channel", names: names.output, flags: flagsOf(y!, names.output) } as const;
  // The inputs of a user's own task may have any size and sign.
  const colours = x!.data.every((value) => value >= 0 && value <= 1)
    ? unit
    : ({ kind: "signed", most: largest(x!) } as const);
  return [
    { kind: "input", title: "Input", ...given, colours, value: (row, time) => at(x!, time, row) },
    { kind: "target", title: "Target", ...answer, colours: unit, value: (row, time) => at(y!, time, row) },
    { kind: "output", title: "Output", ...answer, colours: unit, value: output },
    { kind: "error", title: "Error", ...answer, colours: unit, value: wrong },
  ];

  /** The output is 0 where the mask is 0, because it does not count there. */
  function output(row: number, time: number): number {
    return mask!.data[time] === 1 ? 1 / (1 + Math.exp(-at(logits!, time, row))) : 0;
  }
  function wrong(row: number, time: number): number {
    return mask!.data[time] === 1 ? Math.abs(output(row, time) - at(y!, time, row)) : 0;
  }
}
