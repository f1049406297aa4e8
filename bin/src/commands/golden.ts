/** memnet golden: checks every engine that works here against golden files. */

import {
  CommandError,
  complain,
  exitCodes,
  say,
  sayJson,
  scientific,
  table,
  UsageError,
} from "@memnet/terminal";
import { Option } from "commander";
import {
  checkGolden,
  createEngine,
  engineNames,
  type GoldenResult,
  goldenModel,
  type Safetensors,
} from "memnet";
import { readSafetensors } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";

type EngineName = (typeof engineNames)[number];

interface Flags {
  readonly json?: true;
  readonly engine?: string[];
}

interface Checked extends Pick<GoldenResult, "lossError" | "gradientError" | "pass"> {
  readonly engine: string;
  readonly file: string;
}

export const define: Define = (command, finish) => {
  command
    .description(
      "Checks every engine that works here against golden files: loss and gradient errors are relative.",
    )
    .argument("<files...>", "safetensors files of the golden format, of any place")
    .option("--json", "print an array of {engine, file, lossError, gradientError, pass}, and nothing else")
    // A variadic <name...> would take the files that follow it for engines.
    .addOption(
      new Option(
        "--engine <name>",
        `only this engine, of ${engineNames.join(", ")}; repeatable (default: all that work here)`,
      ).argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]),
    )
    .addHelpText(
      "after",
      `
Exit codes: 0 all pass, 1 one does not, 2 a file cannot be used.

Example:
  memnet golden libs/memnet/golden/ntm-*.safetensors libs/memnet/golden/dnc-small.safetensors`,
    )
    .action(async (files: string[], flags: Flags) => finish(await golden(files, flags)));
};

async function golden(files: readonly string[], { json, engine }: Flags): Promise<number> {
  const wanted = namesOf(engine);
  const loaded = files.map((file) => ({ file, tensors: goldenFile(file) }));
  const rows: Checked[] = [];
  for (const name of wanted) {
    for (const { file, tensors } of loaded) {
      const row = await check(name, file, tensors, { named: engine !== undefined, quiet: json ?? false });
      if (!row) break;
      rows.push(row);
    }
  }
  if (rows.length === 0) throw new CommandError(`None of these engines works here: ${wanted.join(", ")}`);
  if (json) sayJson(rows);
  else {
    say(
      table(
        ["engine", "file", ">loss error", ">gradient error", "result"],
        rows.map((row) => [
          row.engine,
          row.file,
          scientific(row.lossError),
          scientific(row.gradientError),
          row.pass ? "pass" : "FAIL",
        ]),
      ),
    );
  }
  return rows.every(({ pass }) => pass) ? exitCodes.done : exitCodes.failure;
}

function namesOf(engine: readonly string[] | undefined): readonly EngineName[] {
  if (!engine) return engineNames;
  return engine.map((name) => {
    const known = engineNames.find((one) => one === name);
    if (!known)
      throw new UsageError(
        `Unknown engine ${JSON.stringify(name)}: it must be one of ${engineNames.join(", ")}`,
      );
    return known;
  });
}

/** Reads and checks a whole golden file; called before any engine starts. */
function goldenFile(file: string): Safetensors {
  const tensors = readSafetensors(file);
  try {
    goldenModel(tensors);
    return tensors;
  } catch (error) {
    throw new UsageError(`Cannot use ${file}: ${(error as Error).message}`, { cause: error });
  }
}

/** Checks one engine against one file; null if the engine does not work here. */
async function check(
  name: EngineName,
  file: string,
  tensors: Safetensors,
  { named, quiet }: { named: boolean; quiet: boolean },
): Promise<Checked | null> {
  let engine: Awaited<ReturnType<typeof createEngine>>;
  try {
    engine = await createEngine(name, goldenModel(tensors));
  } catch (error) {
    const why = `${name} does not work here: ${(error as Error).message.split("\n")[0]}`;
    if (named) throw new CommandError(why, { cause: error });
    if (!quiet) complain(why);
    return null;
  }
  try {
    const { lossError, gradientError, pass } = await checkGolden(engine, tensors);
    return { engine: name, file, lossError, gradientError, pass };
  } catch (error) {
    if (error instanceof RangeError)
      throw new UsageError(`Cannot use ${file}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    engine.dispose();
  }
}
