/** memnet sweep: trains every combination of some settings from several seeds, and compares them. */

import { resolve } from "node:path";
import { listenForSignals, UsageError } from "@memnet/terminal";
import type { Command } from "commander";
import { isWritten } from "../configure/configure.ts";
import { configurationFlags, type Written } from "../configure/flags.ts";
import { checkRunName } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";
import { type RunPlan, runPlan } from "../launcher/one-run.ts";
import { portOption, runsDirOption, takeSite } from "../launcher/site.ts";
import { parseSeeds } from "../seeds/list.ts";
import { parallelOf, parallelText, seedRunName, trainSeeds, withSeed } from "../seeds/sequence.ts";
import { type Point, parseAxis, pointsOf } from "../sweep/grid.ts";

interface Flags {
  readonly name: string;
  readonly grid?: readonly string[];
  readonly seeds: string;
  readonly parallel: string;
  readonly runsDir: string;
  readonly port?: string;
}

export const define: Define = (command: Command, finish) => {
  command.description(
    "Trains a run for each combination of the values of --grid and each seed, several at a time, and compares them. The " +
      "same command goes on where it was interrupted, and may have more seeds or values than before.",
  );
  const written = configurationFlags(command);
  command
    .requiredOption("--name <name>", "name of the sweep; its runs are NAME-VALUES-seed-SEED")
    .option(
      "--grid <path=a,b,…>",
      "a setting and its values, as memory.slots=16,32; repeatable, for all combinations",
      (text: string, before: readonly string[] = []) => [...before, text],
    )
    .option("--seeds <list>", "the seeds of each combination: 1..3 or 1,5,9", "1..3")
    .option("--parallel <number>", parallelText, "auto")
    .addOption(runsDirOption)
    .addOption(portOption)
    .addHelpText(
      "after",
      `
A setting of --grid counts as given last. A run that fails leaves the others to go on. Ctrl-C stops all runs after a
checkpoint. \`memnet runs --summary\` compares the runs again.

Exit codes: 0 done, 1 failure, 2 bad usage or configuration, 3 a run failed, 130 interrupted.

Example:
  memnet sweep --name rates --preset original-ntm-copy-20 --steps 2000 --set optimizer.kind=adam \\
    --grid optimizer.learningRate=1e-3,3e-3 --grid memory.slots=64,128 --seeds 1..5`,
    )
    .action(async (flags: Flags) => finish(await sweep(flags, written())));
};

async function sweep(flags: Flags, written: Written): Promise<number> {
  const runsDir = resolve(flags.runsDir);
  checkRunName(flags.name);
  const points = pointsOf((flags.grid ?? []).map(parseAxis));
  const seeds = parseSeeds(flags.seeds);
  const atOnce = parallelOf(flags.parallel);
  refuseSeed(written);
  // Taken before configuring, since that tries engines and is slow.
  using site = await takeSite(runsDir, flags.port);
  const plans: RunPlan[] = [];
  // All points from the first seed, then from the next: figures for all of them come soon.
  for (const seed of seeds) {
    for (const point of points) {
      const run = checkRunName(seedRunName([flags.name, point.label].filter(Boolean).join("-"), seed));
      plans.push(await runPlan(runsDir, run, withSeed(atPoint(written, point), seed)));
    }
  }
  using signals = listenForSignals();
  return await trainSeeds(plans, atOnce, site, signals.interrupted);
}

function atPoint(written: Written, { assignments }: Point): Written {
  const overlays = assignments.map((text) => ({ kind: "assignment", text }) as const);
  return { ...written, overlays: [...written.overlays, ...overlays] };
}

function refuseSeed(written: Written): void {
  if (isWritten(written, "seed"))
    throw new UsageError("Cannot use --seed or --set seed=: --seeds names the seeds of a sweep");
}
