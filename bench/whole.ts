/** `--whole`: times a training step from the engine alone to the system over NATS, beside JAX and PyTorch. */

import { complain, programOnPath, table } from "@memnet/terminal";
import { type PresetName, presetConfig, type Settings } from "memnet";
import { Contender, loaded } from "./contender.ts";
import { runMs } from "./run.ts";
import { type Bounds, iterationsMin, median, milliseconds, sum } from "./timing.ts";
import { presetsTimed, workload } from "./workload.ts";

export interface WholeWanted {
  /** Undefined for all. */
  readonly presets: readonly PresetName[] | undefined;
  readonly engine: string;
  /** Undefined for two sizes: each preset's own number, and 4. */
  readonly sequences: readonly number[] | undefined;
  /** Settings that differ from the presets'. */
  readonly changed: Settings;
  readonly bounds: Bounds;
  readonly peers: readonly string[];
  readonly python: string;
}

/** A row that `--json` prints: milliseconds per step, null for what is not installed. */
export type WholeRow = { readonly preset: string; readonly sequences: number } & Readonly<
  Record<(typeof columns)[Kind], number | null>
>;

const columns = {
  engine: "engineMs",
  library: "libraryMs",
  local: "localMs",
  nats: "natsMs",
  jax: "jaxMs",
  "torch-eager": "torchMs",
} as const;
type Kind = keyof typeof columns;
/** The milliseconds per step of each kind. */
type Round = { readonly [kind in Kind]?: number };

/** PyTorch runs eagerly, since its compiled programs have a fixed length. */
export const wholePeers = ["jax", "torch-eager"];

/** Each round starts the runs again, which takes longer than the measurement. */
const roundsMax = 5;
/** No measurement reaches this many steps, so no checkpoint, evaluation or end falls into one. */
const unreached = 1_000_000_000;

export async function timeWhole(wanted: WholeWanted): Promise<WholeRow[]> {
  const { engine, python, bounds, changed } = wanted;
  const configs = configurations(wanted);
  const hasNats = programOnPath("nats-server", process.env.PATH) !== null;
  if (!hasNats) complain("nats-server is left out: it is not on the PATH");
  const loop = { python, makesBatches: true };
  // None is pinned to one processor, since the runs are not.
  const contenders = new Map<Kind, Contender>([
    ["engine", new Contender(engine, { python })],
    ["library", new Contender(engine, loop)],
    ...wanted.peers.map((name): [Kind, Contender] => [name as Kind, new Contender(name, loop)]),
  ]);
  const rounds = Math.max(1, Math.min(roundsMax, Math.floor(bounds.iterations / iterationsMin)));
  const turn = { iterations: Math.ceil(bounds.iterations / rounds), budgetMs: bounds.budgetMs / rounds };
  const rows: WholeRow[] = [];
  try {
    for (const { preset, sequences, config } of configs) {
      const ready = await loaded([...contenders.values()], workload(preset, sequences, changed), [engine]);
      for (const [kind, contender] of contenders) if (!ready.includes(contender)) contenders.delete(kind);
      const works: { [kind in Kind]?: () => Promise<number> } = {};
      for (const [kind, contender] of contenders) {
        works[kind] = () => iterationMs(contender, turn);
        if (kind !== "library") continue;
        // The library and the runs are neighbours in time, since they are compared most closely.
        works.local = () => runMs("memory", config, turn);
        if (hasNats) works.nats = () => runMs("nats", config, turn);
      }
      const timed: Round[] = [];
      for (let round = 0; round < rounds; round++) {
        const times: Record<string, number> = {};
        for (const [kind, work] of Object.entries(works)) times[kind] = await work();
        timed.push(times);
      }
      const row = wholeRow(preset, sequences, timed);
      complain(wholeTable([row]));
      rows.push(row);
    }
  } finally {
    for (const contender of contenders.values()) contender.stop();
  }
  return rows;
}

/** Configures all of them before anything is timed, so that a mistake shows at once. */
function configurations({ presets: names = presetsTimed, engine, sequences, changed }: WholeWanted) {
  return names.flatMap((preset) => {
    const own = presetConfig(preset, { engine }).training.sequencesPerStep;
    return (sequences ?? [...new Set([own, 4])]).map((count) => {
      const lasting = { steps: unreached, evaluateEvery: unreached, checkpointEvery: unreached };
      const settings = { ...changed, engine, sequencesPerStep: count, trainers: 1, ...lasting };
      return { preset, sequences: count, config: presetConfig(preset, settings) };
    });
  });
}

/** The mean of a turn, after a warm-up of a quarter of it, because other contenders have computed in between. */
async function iterationMs(contender: Contender, { iterations, budgetMs }: Bounds): Promise<number> {
  const mean = async (count: number) => sum((await contender.run(count)).milliseconds) / count;
  const fitting = Math.round(budgetMs / (await mean(iterationsMin)));
  const count = Math.max(iterationsMin, Math.min(iterations, fitting));
  await contender.run(Math.ceil(count / 4));
  return mean(count);
}

/**
 * Reduces the rounds to one figure for each kind: the median of its ratios to the library's time in the same round,
 * multiplied by the library's median time. Other load changes from round to round, and moves a ratio of two medians more
 * than the median of ratios.
 */
export function wholeRow(preset: string, sequences: number, rounds: readonly Round[]): WholeRow {
  const libraryMs = median(rounds.map(({ library }) => library!));
  const figures = Object.entries(columns).map(([kind, column]) => {
    const ratios = rounds.map((round) => round[kind as Kind]! / round.library!);
    return [column, kind in rounds[0]! ? libraryMs * median(ratios) : null];
  });
  return { preset, sequences, ...Object.fromEntries(figures) };
}

/** Formats step times, the ratios local / library, JAX / local and PyTorch / local, and the difference nats − library. */
export function wholeTable(rows: readonly WholeRow[]): string {
  const steps = [">engine ms", ">library", ">local", ">nats", ">JAX", ">PyTorch"];
  const compared = [">local / library", ">nats − library", ">JAX / local", ">PyTorch / local"];
  const ratio = (a: number | null, b: number | null) => (a === null ? "" : (a / b!).toFixed(2));
  return table(
    ["preset", ">sequences", ...steps, ...compared],
    rows.map((row) => [
      ...[row.preset, String(row.sequences)],
      ...Object.values(columns).map((column) => (row[column] === null ? "" : milliseconds(row[column]))),
      ratio(row.localMs, row.libraryMs),
      row.natsMs === null ? "" : milliseconds(row.natsMs - row.libraryMs!),
      ...[ratio(row.jaxMs, row.localMs), ratio(row.torchMs, row.localMs)],
    ]),
  );
}
