/** memnet train: trains one run on this machine from its first step to its last, or with --seeds several. */

import { resolve } from "node:path";
import { seedRunName } from "@memnet/protocol";
import { leaveStdout, listenForSignals, sayJson, UsageError } from "@memnet/terminal";
import type { Command } from "commander";
import { configurationFlags, type Written } from "../configure/flags.ts";
import { checkRunName } from "../configure/runs-dir.ts";
import { printSchema, schemaOf, schemaOption } from "../configure/schema.ts";
import type { Define } from "../define.ts";
import { metricsPortDefault } from "../host/plan.ts";
import { exitOption, keepPage } from "../launcher/kept-page.ts";
import { endingRecords, freshName, type RunPlan, runPlan, trainOne } from "../launcher/one-run.ts";
import { portOption, runsDirOption, type Site, takeSite, tensorboardOption } from "../launcher/site.ts";
import { parseSeeds } from "../seeds/list.ts";
import { namedRuns, parallelOf, parallelText, trainSeeds, withSeed } from "../seeds/sequence.ts";
import { typedCommand } from "../shell.ts";

interface Flags {
  readonly run?: string;
  readonly seeds?: string;
  readonly parallel?: string;
  readonly runsDir: string;
  readonly port?: string;
  readonly tensorboard?: string;
  readonly exit?: true;
  readonly schema?: true;
  readonly json?: true;
}

export const define: Define = (command: Command, finish) => {
  command.description(
    "Trains a model on this machine, and shows how the run goes. Evaluator, coordinator, data-envs and trainers live in " +
      "one process and exchange messages in memory, or over NATS if NATS_URL is set; a process that dies is started " +
      "again and resumes. Ctrl-C stops the run after a checkpoint, and prints the command that resumes it.",
  );
  const written = configurationFlags(command);
  command
    .option(
      "--run <name>",
      "name of the run: letters, digits, - and _, not beginning with - (default: MACHINE_TIMESTAMP)",
    )
    .option(
      "--seeds <list>",
      "a run for each seed: 1..3 or 1,5,9; with --run they are NAME-seed-1, NAME-seed-2 …",
    )
    .option("--parallel <number>", `with --seeds, ${parallelText} (default: 1)`)
    .addOption(runsDirOption)
    .addOption(portOption)
    .addOption(tensorboardOption)
    .addOption(exitOption)
    .addOption(schemaOption)
    .option(
      "--json",
      "print how the run has ended as JSON, with --seeds an array; all else goes to stderr. Ends like --exit",
    )
    .addHelpText(
      "after",
      `
MEMNET_METRICS_PORT is the port of the evaluator's /metrics; 0 takes a free one (default: ${metricsPortDefault}, or a free one).
A setting that is given twice counts as given last; --config is laid over --preset, flags and --set over both.
With --seeds, Ctrl-C ends the sequence, and so does a run that fails, unless others train at the same time. The same
command with the same --run skips the runs that have ended and resumes the others. At its end the runs are
compared, as \`memnet runs --summary\` does.

Exit codes: 0 done, 1 failure, 2 bad usage or configuration, 3 the run failed, 130 interrupted.

Examples:
  memnet train --preset copy-ntm --seed 7 --run copy-7 --until 'wrongBits<0.1'
  memnet train --preset copy-ntm --seeds 1..5 --run copy --parallel auto
  memnet train --preset original-dnc-repeat-copy --trainers 4 --set memory.slots=64 --set task.repeats=1..4
  memnet train --preset copy-ntm --set controller.kind=feedforward
  memnet train --preset copy-ntm --set model=lstm
  memnet train --from copy-7@5000 --preset copy-ntm --set task.length=1..40`,
    )
    .action(async (flags: Flags) => finish(await train(flags, written())));
};

async function train(flags: Flags, written: Written): Promise<number> {
  if (flags.schema) return printSchema(schemaOf("A run of memnet"));
  if (flags.json) leaveStdout();
  const runsDir = resolve(flags.runsDir);
  if (flags.run !== undefined) checkRunName(flags.run);
  const seeds = flags.seeds === undefined ? null : parseSeeds(flags.seeds);
  if (flags.parallel !== undefined && seeds === null)
    throw new UsageError("Cannot use --parallel without --seeds: there is one run alone");
  const atOnce = parallelOf(flags.parallel ?? "1");
  const trained = await trainIn(runsDir, flags, seeds, atOnce, written);
  return flags.exit || flags.json ? trained.code : keepPage(trained.code, trained.site, trained.path);
}

/** Trains, and frees the runs folder. @returns the exit code, and the path of the page that shows what was trained */
async function trainIn(
  runsDir: string,
  flags: Flags,
  seeds: readonly number[] | null,
  atOnce: number,
  written: Written,
): Promise<{ readonly code: number; readonly site: Site; readonly path: string }> {
  // Taken before configuring, since that tries engines and is slow.
  using site = await takeSite(runsDir, flags);
  const plans = seeds
    ? await plansOf(runsDir, flags.run, seeds, written)
    : [await runPlan(runsDir, flags.run, written)];
  using signals = listenForSignals();
  if (seeds) {
    const runs = await namedRuns(plans, site, atOnce > 1);
    const code = await trainSeeds(runs, atOnce, site, signals.interrupted);
    if (flags.json) sayJson(await endingRecords(runs, site));
    return { code, site, path: "" };
  }
  const plan = plans[0]!;
  const run = plan.run ?? (await freshName(site));
  const again = typedCommand(flags.run === undefined ? ["--run", run] : []);
  const named = { ...plan, run, joins: false, series: null, again };
  const code = await trainOne(named, site, signals.interrupted);
  if (flags.json) for (const record of await endingRecords([named], site)) sayJson(record);
  return { code, site, path: `env/${run}` };
}

/**
 * Configures every run before the first begins, so that a mistake in the last one is found at once, not hours later.
 */
async function plansOf(
  runsDir: string,
  run: string | undefined,
  seeds: readonly number[],
  written: Written,
): Promise<RunPlan[]> {
  const plans: RunPlan[] = [];
  for (const seed of seeds) {
    const name = run === undefined ? undefined : checkRunName(seedRunName(run, seed));
    plans.push(await runPlan(runsDir, name, withSeed(written, seed)));
  }
  return plans;
}
