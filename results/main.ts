/**
 * `npm run results`: publishes finished runs in docs/results.
 *
 *     npm run results -- --help
 */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ending, exitCodes, UsageError } from "../bin/src/exit.ts";
import { complain, say } from "../bin/src/output.ts";
import { resultsFolder } from "./folder.ts";

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
    // What a mistake in the command line need not wait for.
    const { collect } = await import("./collect.ts");
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

async function draw(folder: string): Promise<number> {
  const [{ drawn }, { readResults, writeFiles }] = await Promise.all([
    import("./draw.ts"),
    import("./files.ts"),
  ]);
  const files = drawn(readResults(folder));
  writeFiles(folder, files);
  for (const path of files.keys()) say(`Drew ${path}`);
  return exitCodes.done;
}
