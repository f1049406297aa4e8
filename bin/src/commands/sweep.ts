/** memnet sweep: trains every combination of some settings from several seeds, and compares them. */

import { resolve } from "node:path";
import { type SweepRecord, sweepPointsMax } from "@memnet/protocol";
import { goalDefault, sweepRuns } from "@memnet/runs";
import { listenForSignals, UsageError } from "@memnet/terminal";
import { type Command, Option } from "commander";
import { type ModelConfig, parseCondition } from "memnet";
import { configure, isWritten } from "../configure/configure.ts";
import { configurationFlags, type Written, wholeOf } from "../configure/flags.ts";
import { checkRunName, readInitial } from "../configure/runs-dir.ts";
import { printSchema, schemaOption } from "../configure/schema.ts";
import type { Define } from "../define.ts";
import { exitOption, keepPage } from "../launcher/kept-page.ts";
import { type RunPlan, runPlan } from "../launcher/one-run.ts";
import { portOption, runsDirOption, takeSite, tensorboardOption } from "../launcher/site.ts";
import { parseSeeds } from "../seeds/list.ts";
import { parallelOf, parallelText, withSeed } from "../seeds/sequence.ts";
import { assignmentsOf, type Point } from "../sweep/grid.ts";
import { type PruneRule, pruneRules } from "../sweep/prune.ts";
import { pointsFor, splitFile, sweepSchema } from "../sweep/request.ts";

interface Flags {
  readonly name?: string;
  readonly grid?: readonly string[];
  readonly random?: string;
  readonly range?: readonly string[];
  readonly randomSeed?: string;
  readonly seeds?: string;
  readonly parallel?: string;
  readonly prune?: PruneRule;
  readonly schema?: true;
  readonly runsDir: string;
  readonly port?: string;
  readonly tensorboard?: string;
  readonly exit?: true;
}

const seedsDefault = "1..3";

export const define: Define = (command: Command, finish) => {
  command.description(
    "Trains a run for each combination of the values of --grid, or for points drawn at random, from each seed, several " +
      "at a time, and compares them. The same command resumes a sweep, and may have more seeds or values than before.",
  );
  const written = configurationFlags(command);
  const list = (text: string, before: readonly string[] = []) => [...before, text];
  command
    .option("--name <name>", "name of the sweep; its runs are NAME-VALUES-seed-SEED")
    .option(
      "--grid <path=a,b,…>",
      "a setting and its values, as memory.slots=16,32; repeatable, for all combinations; preset=A,B too",
      list,
    )
    .option("--random <number>", "draw so many points from the ranges")
    .option(
      "--range <path=low..high>",
      "with --random, a setting and its range: whole numbers if both bounds are; LOW..HIGH:log draws on a logarithmic scale; repeatable",
      list,
    )
    .option("--random-seed <number>", "of the random points (default: 1)")
    .option("--seeds <list>", `the seeds of each point: 1..3 or 1,5,9 (default: ${seedsDefault})`)
    .option("--parallel <number>", `${parallelText} (default: auto)`)
    .addOption(
      new Option(
        "--prune <rule>",
        "end points early that do worse than the others, over their seeds: median or asha (default: none ends)",
      ).choices(pruneRules),
    )
    .addOption(schemaOption)
    .addOption(runsDirOption)
    .addOption(portOption)
    .addOption(tensorboardOption)
    .addOption(exitOption)
    .addHelpText(
      "after",
      `
A setting that a sweep varies overrides --set and the other flags. With --config, the file may have a part "sweep" with
name, preset, seeds, grid and random beside a run's settings; flags override it. Random points depend on --random-seed
and their ranges alone. A run that fails leaves the others running. Ctrl-C stops all runs after a checkpoint.
\`memnet sweeps NAME\` compares the runs again.

With NATS_URL, the cluster's workers (\`memnet worker\`) train the runs, and this command queues them and waits; Ctrl-C
ends the command alone. A run that fails is given out again, three times in all, and then given up.

Exit codes: 0 done, 1 failure, 2 bad usage or configuration, 3 a run failed, 130 interrupted.

Examples:
  memnet sweep --name rates --preset copy-ntm --grid optimizer.learningRate=1e-3,3e-3 --grid memory.slots=64,256 \\
    --seeds 1..5
  memnet sweep --name search --preset copy-ntm --random 20 --range optimizer.learningRate=1e-4..1e-2:log \\
    --range memory.slots=32..256 --seeds 1..3 --prune median`,
    )
    .action(async (flags: Flags) => finish(await sweep(flags, written())));
};

async function sweep(flags: Flags, given: Written): Promise<number> {
  if (flags.schema) return printSchema(sweepSchema());
  const runsDir = resolve(flags.runsDir);
  const { sweep: file, settings } = splitFile(given.file?.json);
  const written: Written = {
    ...given,
    preset: given.preset ?? file.preset ?? null,
    file: given.file && { ...given.file, json: settings },
  };
  const name = flags.name ?? file.name;
  if (name === undefined) throw new UsageError("Cannot sweep without a name: --name gives it one");
  checkRunName(name);
  const { grid, range } = flags;
  const random = wholeIf("--random", flags.random, 1, sweepPointsMax);
  const randomSeed = wholeIf("--random-seed", flags.randomSeed, 0, Number.MAX_SAFE_INTEGER);
  const points = pointsFor({ grid, range, random, randomSeed }, file);
  const seeds = parseSeeds(flags.seeds ?? file.seeds ?? seedsDefault);
  const rule = flags.prune ?? null;
  const onCluster = Boolean(process.env.NATS_URL);
  if (onCluster && flags.parallel !== undefined)
    throw new UsageError("Cannot use --parallel with NATS_URL: each worker of the cluster has its own");
  if (onCluster && flags.tensorboard !== undefined)
    throw new UsageError("Cannot use --tensorboard with NATS_URL: the runs' files are the evaluator's");
  const atOnce = parallelOf(flags.parallel ?? "auto");
  if (isWritten(written, "seed"))
    throw new UsageError("Cannot use --seed or --set seed=: --seeds names the seeds of a sweep");
  const planned = async (plan: (run: string, written: Written) => Promise<RunPlan>) => {
    const plans: RunPlan[] = [];
    for (const { run, label, seed } of sweepRuns({ name, points, seeds })) {
      const point = points.find((one) => one.label === label)!;
      plans.push(await plan(checkRunName(run), withSeed(atPoint(written, point), seed)));
    }
    const goal = plans[0]!.configured.config.training.until ?? parseCondition(goalDefault);
    const { figure, comparison, value } = goal;
    const record: SweepRecord = { name, goal: { figure, comparison, value }, points, seeds, pruned: [] };
    return { plans, record };
  };
  const onMachine = async () => {
    // Taken before configuring, since that tries engines and is slow.
    using site = await takeSite(runsDir, flags);
    const { plans, record } = await planned((run, given) => runPlan(runsDir, run, given));
    using signals = listenForSignals();
    const { trainOnMachine } = await import("../sweep/on-machine.ts");
    return { code: await trainOnMachine(record, rule, plans, atOnce, site, signals.interrupted), site };
  };
  if (onCluster) {
    const { plans, record } = await planned((run, given) => planElsewhere(runsDir, run, given));
    using signals = listenForSignals();
    return await (await import("../sweep/on-cluster.ts")).trainOnCluster(
      record,
      rule,
      plans,
      signals.interrupted,
    );
  }
  const { code, site } = await onMachine();
  return flags.exit ? code : keepPage(code, site, `sweep/${name}`);
}

/** Configures a run that workers train; whether it exists is for the evaluator to say. */
async function planElsewhere(runsDir: string, run: string, written: Written): Promise<RunPlan> {
  const readGiven = (all: Written, model: ModelConfig) => readInitial(runsDir, all, model);
  const configured = await configure(written, { elsewhere: true, readInitial: readGiven });
  return { run, configured, resumes: false };
}

/** `preset` varies the preset, any other path a setting. */
function atPoint(written: Written, { settings: { preset, ...settings } }: Point): Written {
  const overlays = assignmentsOf({ settings }).map((text) => ({ kind: "assignment", text }) as const);
  return { ...written, preset: preset ?? written.preset, overlays: [...written.overlays, ...overlays] };
}

function wholeIf(
  flag: string,
  text: string | undefined,
  lowest: number,
  highest: number,
): number | undefined {
  return text === undefined ? undefined : wholeOf(flag, text, lowest, highest);
}
