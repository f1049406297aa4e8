/**
 * `npm run results`: publishes finished runs in docs/results.
 *
 *     npm run results -- --help
 */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { listRuns, readRun } from "@memnet/runs";
import { systemDisk } from "@memnet/service";
import { ending, exitCodes, UsageError } from "../bin/src/exit.ts";
import { complain, say } from "../bin/src/output.ts";
import { whole } from "../bin/src/text/figures.ts";
import { type Claim, claim, withoutRivals } from "./claim.ts";
import { drawn } from "./draw.ts";
import { readResults, resultFiles, resultsFolder, writeFiles } from "./files.ts";

const help = `Publishes what was trained: curves as CSV files, pictures and a page of tables.

  npm run results -- collect RUNS_DIR [RUN…]    the data of the folder's finished runs, or only of those named
  npm run results -- draw                       pictures and page, from that data alone

  --short            collect: also runs that ended before their preset's last step
  --folder FOLDER    where results are kept (default docs/results of this checkout)
  --help             this text

A run belongs to a preset whose training configuration it has, whatever its name, seed and engine; runs of no preset
are passed over. One that has not ended, that was relaxed, or that shares preset and seed with another is refused.

Exit codes: 0 done, 1 a run was refused or there was nothing to take, 2 bad usage.

Example:
  npm run results -- collect runs && npm run results -- draw
`;

const options = {
  short: { type: "boolean", default: false },
  folder: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

try {
  process.exitCode = await main();
} catch (error) {
  const { code, text } = ending(error);
  complain(text);
  process.exitCode = code;
}

async function main(): Promise<number> {
  const { values, positionals } = parsed();
  const [verb, ...rest] = positionals;
  const folder = values.folder === undefined ? resultsFolder : resolve(values.folder);
  if (values.help) {
    process.stdout.write(help);
    return exitCodes.done;
  }
  if (verb === "collect") {
    const [runsDir, ...names] = rest;
    if (runsDir === undefined)
      throw new UsageError("Cannot collect: RUNS_DIR must be given, as in collect runs");
    return collect({ runsDir: resolve(runsDir), names, short: values.short, folder });
  }
  if (verb === "draw") {
    if (rest.length > 0) throw new UsageError(`Cannot draw: it takes no arguments, got ${rest.join(" ")}`);
    if (values.short) throw new UsageError("Cannot draw: --short is for collect");
    return draw(folder);
  }
  throw new UsageError(
    `Cannot do ${verb === undefined ? "nothing" : JSON.stringify(verb)}: it must be collect or draw (--help says more)`,
  );
}

function parsed() {
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}

interface Wanted {
  readonly runsDir: string;
  /** The runs to collect; all if none is named. */
  readonly names: readonly string[];
  readonly short: boolean;
  readonly folder: string;
}

async function collect({ runsDir, names, short, folder }: Wanted): Promise<number> {
  const wanted = names.length > 0 ? names : (await listRuns(systemDisk, runsDir)).map(({ run }) => run);
  const claims: Claim[] = [];
  for (const run of new Set(wanted)) claims.push(claim(await readRun(systemDisk, runsDir, run), { short }));
  let refused = 0;
  let taken = 0;
  for (const one of withoutRivals(claims)) {
    if (one.kind === "result") {
      const { preset, seed, steps } = one.result.record;
      writeFiles(folder, resultFiles(one.result));
      say(`Took ${one.run}: ${preset}, seed ${seed}, ${whole(steps)} steps`);
      taken++;
    } else if (one.kind === "refused" || names.length > 0) {
      complain(`Cannot take run ${one.run}: ${one.why}`);
      refused++;
    } else {
      complain(`Passed over ${one.run}: ${one.why}`);
    }
  }
  if (taken + refused === 0)
    complain(`Cannot collect from ${runsDir}: it must hold a preset's run, and has none`);
  return refused > 0 || taken === 0 ? exitCodes.failure : exitCodes.done;
}

function draw(folder: string): number {
  const files = drawn(readResults(folder));
  writeFiles(folder, files);
  for (const path of files.keys()) say(`Drew ${path}`);
  return exitCodes.done;
}
