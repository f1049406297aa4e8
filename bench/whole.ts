/**
 * `--whole`: times a training step, from the engine alone to the system over NATS, beside the loops of JAX and PyTorch.
 */

import { type PresetName, presetConfig, type RunConfig } from "memnet";
import { programOnPath } from "../bin/src/shell.ts";
import { configuration } from "./cluster.ts";
import { clusterRun } from "./cluster-run.ts";
import { type Contender, installedPeers, type PeersFrom, startContender } from "./contender.ts";
import { localRun } from "./local-run.ts";
import { loaded } from "./peers.ts";
import { milliseconds } from "./report.ts";
import { type Bounds, iterationsMin, mediansByTurns } from "./timing.ts";
import type { WholeRow } from "./whole-report.ts";
import { workload } from "./workload.ts";

export interface WholeWanted {
  readonly presets: readonly string[];
  readonly engine: string;
  /** Undefined for two sizes: each preset's own number, and 4. */
  readonly sequences: readonly number[] | undefined;
  readonly bounds: Bounds;
}

/** PyTorch runs eagerly, since its compiled programs have a fixed length. */
const peerNames = ["jax", "torch-eager"];
type Kind = "engine" | "library" | "local" | "nats" | "jax" | "torch-eager";

/** Each round starts the runs again, which takes longer than the measurement. */
const roundsMax = 3;

/** Returns each contender's time per step: the mean of a turn, and of these means the median over the rounds. */
export async function timeWhole(wanted: WholeWanted, from: PeersFrom): Promise<WholeRow[]> {
  const { complain } = from;
  const configs = await configurations(wanted);
  const hasNats = programOnPath("nats-server", process.env.PATH) !== null;
  if (!hasNats) complain("nats-server is left out: it is not on the PATH");
  const contenders = startContenders(wanted.engine, from);
  const { rounds, turn } = turnsOf(wanted.bounds);
  const rows: WholeRow[] = [];
  try {
    for (const { preset, sequences, config } of configs) {
      const ready = await loaded([...contenders.values()], workload(preset, sequences), complain);
      const works = new Map<Kind, () => Promise<number>>();
      for (const [kind, contender] of contenders)
        if (ready.includes(contender)) works.set(kind, () => iterationMs(contender, turn));
      works.set("local", () => localRun(config, turn));
      if (hasNats) works.set("nats", async () => (await clusterRun(config, turn)).anatomy.wall);
      const times = await mediansByTurns(works, rounds);
      const shown = [...times].map(([kind, ms]) => `${kind} ${milliseconds(ms)} ms`);
      complain(`${preset}, ${sequences} sequences: ${shown.join(", ")}`);
      rows.push({
        preset,
        sequences,
        engineMs: times.get("engine")!,
        libraryMs: times.get("library")!,
        localMs: times.get("local")!,
        natsMs: times.get("nats") ?? null,
        jaxMs: times.get("jax") ?? null,
        torchMs: times.get("torch-eager") ?? null,
      });
    }
  } finally {
    for (const contender of contenders.values()) contender.stop();
  }
  return rows;
}

/** Configures all of them before anything is timed, so that a mistake shows at once. */
async function configurations({ presets, engine, sequences }: WholeWanted) {
  const configs: { preset: string; sequences: number; config: RunConfig }[] = [];
  for (const preset of presets) {
    const own = presetConfig(preset as PresetName, { engine }).training.sequencesPerStep;
    for (const count of sequences ?? new Set([own, 4])) {
      const config = await configuration({ engine, microBatch: undefined }, preset, count, 1);
      configs.push({ preset, sequences: count, config });
    }
  }
  return configs;
}

/**
 * The engine starts first, since the gradients of the others must agree with its own. None is pinned to one processor,
 * since the runs are not.
 */
function startContenders(engine: string, from: PeersFrom): Map<Kind, Contender> {
  for (const name of from.peers ?? []) {
    if (!peerNames.includes(name))
      throw new RangeError(`Cannot time ${name} with --whole: it must be one of ${peerNames.join(", ")}`);
  }
  const { python } = from;
  const loop = { python, pinned: false, makesBatches: true };
  return new Map<Kind, Contender>([
    ["engine", startContender(engine, { python, pinned: false })],
    ["library", startContender(engine, loop)],
    ...installedPeers({ ...from, peers: from.peers ?? peerNames }).map((name): [Kind, Contender] => [
      name as Kind,
      startContender(name, loop),
    ]),
  ]);
}

/** Divides the bounds into rounds: how many there are, and the bounds of each contender's turn. */
function turnsOf({ iterations, budgetMs }: Bounds): { readonly rounds: number; readonly turn: Bounds } {
  const rounds = Math.max(1, Math.min(roundsMax, Math.floor(iterations / iterationsMin)));
  return { rounds, turn: { iterations: Math.ceil(iterations / rounds), budgetMs: budgetMs / rounds } };
}

/** The mean of a turn, after a warm-up of a quarter of it, because other contenders have computed in between. */
async function iterationMs(contender: Contender, { iterations, budgetMs }: Bounds): Promise<number> {
  const first = mean((await contender.run(iterationsMin)).milliseconds);
  const count = Math.max(iterationsMin, Math.min(iterations, Math.round(budgetMs / first)));
  await contender.run(Math.ceil(count / 4));
  return mean((await contender.run(count)).milliseconds);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
