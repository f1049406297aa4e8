/** `train --seeds`: trains one run after another, each with its own seed, and skips runs that have ended. */

import { exitCodes, say, UsageError } from "@memnet/terminal";
import { type Condition, parseCondition } from "memnet";
import { isWritten } from "../configure/configure.ts";
import type { Written } from "../configure/flags.ts";
import { freshName, isOver, type RunPlan, trainOne } from "../launcher/one-run.ts";
import type { Site } from "../launcher/site.ts";
import { typedCommand } from "../shell.ts";
import { groupsText } from "../text/groups.ts";
import { turnText } from "../text/progress.ts";
import { goalDefault, groupsOf } from "./groups.ts";

/** @throws UsageError if the command line also sets a seed */
export function withSeed(written: Written, seed: number): Written {
  if (isWritten(written, "seed")) {
    throw new UsageError("Cannot use --seeds with --seed or --set seed=: each of its runs has its own seed");
  }
  return { ...written, overlays: [...written.overlays, { kind: "settings", settings: { seed } }] };
}

export function seedRunName(run: string, seed: number): string {
  return `${run}-seed-${seed}`;
}

/** @returns the first exit code that is not 0, after which no further run is started */
export async function trainSeeds(
  plans: readonly RunPlan[],
  site: Site,
  interrupted: AbortSignal,
): Promise<number> {
  const trained: string[] = [];
  let code: number = exitCodes.done;
  for (const [index, { run: given, ...plan }] of plans.entries()) {
    if (interrupted.aborted) {
      code = exitCodes.interrupted;
      break;
    }
    const { training } = plan.configured.config;
    const turn = { seed: training.seed, at: index + 1, of: plans.length };
    const run = given ?? (await freshName(site));
    trained.push(run);
    if (await isOver(site.runsDir, run, plan.configured)) {
      say(`Run ${run}, ${turnText(turn)}, has ended: passed over`);
      continue;
    }
    const again = given
      ? typedCommand([])
      : typedCommand(["--run", run, "--seed", String(training.seed)], ["--seeds"]);
    if (index > 0) say("");
    code = await trainOne({ ...plan, run, turn, again }, site, interrupted);
    if (code !== exitCodes.done) break;
  }
  const goal = plans[0]!.configured.config.training.until ?? parseCondition(goalDefault);
  await sayFigures(site.runsDir, trained, goal);
  return code;
}

async function sayFigures(runsDir: string, runs: readonly string[], goal: Condition): Promise<void> {
  const { readFigures } = await import("@memnet/runs");
  const { systemDisk } = await import("@memnet/service");
  const read = await Promise.all(runs.map((run) => readFigures(systemDisk, runsDir, run, goal)));
  const found = read.filter((figures) => figures !== undefined);
  if (found.length > 0) say(`\n${groupsText(groupsOf(found), goal)}`);
}
