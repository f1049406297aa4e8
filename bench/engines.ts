/** Times memnet's engines: each preset with each engine that works here. */

import { engineNames } from "memnet";
import { table } from "../bin/src/text/table.ts";
import { milliseconds, ratioText, type Timing } from "./report.ts";
import { type Bounds, median, timeByTurns } from "./timing.ts";
import { beginningAt, type Trainee, trainee, type Workload, workload } from "./workload.ts";

export interface Wanted {
  readonly presets: readonly string[];
  /** Undefined for all that work here. */
  readonly engines: readonly string[] | undefined;
  readonly sequences: readonly number[];
  /** Undefined for each preset's initial parameters. */
  readonly parameters: Float32Array | undefined;
  readonly bounds: Bounds;
}

/** @param complain called once for each engine that does not work here; an engine given by name must work */
export async function timeEngines(wanted: Wanted, complain: (line: string) => void): Promise<Timing[]> {
  const timings: Timing[] = [];
  for (const engine of await working(wanted, complain)) {
    for (const preset of wanted.presets) {
      for (const sequences of wanted.sequences) {
        const work = beginningAt(workload(preset, sequences), wanted.parameters);
        const [milliseconds] = await timed(engine, [work], wanted.bounds);
        timings.push({ engine, preset, sequences, times: work.times, milliseconds: milliseconds! });
      }
    }
  }
  const order = (preset: string) => wanted.presets.indexOf(preset);
  return timings.sort((a, b) => order(a.preset) - order(b.preset) || a.sequences - b.sequences);
}

/** Compares a step's sequences in one micro-batch with the same sequences in four. */
export async function microBatchTable(wanted: Wanted, complain: (line: string) => void): Promise<string> {
  const parts = 4;
  const rows: string[][] = [];
  for (const engine of await working(wanted, complain)) {
    for (const preset of wanted.presets) {
      for (const sequences of wanted.sequences) {
        const works = [1, parts].map((cut) =>
          beginningAt(workload(preset, sequences, cut), wanted.parameters),
        );
        const times = await timed(engine, works, wanted.bounds);
        const [whole, cut] = times.map(median);
        rows.push([
          preset,
          String(works[0]!.times),
          engine,
          `1 × ${sequences}`,
          milliseconds(whole!),
          `${parts} × ${sequences / parts}`,
          milliseconds(cut!),
          ratioText(cut! / whole!),
        ]);
      }
    }
  }
  return table(["preset", ">T", "engine", "whole", ">median ms", "cut", ">median ms", ">cut / whole"], rows);
}

async function working(
  { presets, engines }: Wanted,
  complain: (line: string) => void,
): Promise<readonly string[]> {
  const works: string[] = [];
  for (const engine of engines ?? engineNames) {
    try {
      (await trainee(engine, workload(presets[0]!, 1))).dispose();
      works.push(engine);
    } catch (error) {
      if (engines) throw error;
      complain(`${engine} does not work here: ${(error as Error).message.split("\n")[0]}`);
    }
  }
  return works;
}

async function timed(engine: string, works: readonly Workload[], bounds: Bounds): Promise<number[][]> {
  const trainees: Trainee[] = [];
  try {
    for (const work of works) trainees.push(await trainee(engine, work));
    return await timeByTurns(
      trainees.map((one) => () => one.iterate()),
      bounds,
    );
  } finally {
    for (const one of trainees) one.dispose();
  }
}
