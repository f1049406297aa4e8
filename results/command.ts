/** What `npm run results` does with its arguments. */

import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { exitCodes, say, UsageError } from "@memnet/terminal";
import { collect } from "./collect.ts";
import { readResults, resultsFolder, writeFiles } from "./result.ts";

const help = `Publishes what was trained: curves as CSV files, pictures and a page of tables.

  npm run results -- collect RUNS_DIR [RUN…]    the data of the folder's finished runs, or only of those named
  npm run results -- draw                       pictures and page, from that data alone

  --folder FOLDER    where results are kept (default docs/results of this checkout)

A run belongs to the preset whose training configuration it has, whatever its name, seed and engine; runs of no preset
are skipped. A run that has not ended, or was relaxed, is refused, and so is a second one of the same preset and seed.

Exit codes: 0 done, 1 a run was refused or there was nothing to take, 2 bad usage.

Example:
  npm run results -- collect runs && npm run results -- draw
`;

const options = {
  folder: { type: "string", default: resultsFolder },
  help: { type: "boolean", default: false },
} as const;

/**
 * Collects or draws, and says what.
 *
 * @returns the process's exit code
 * @throws UsageError if an argument cannot be used
 */
export async function results(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  const [verb, ...rest] = positionals;
  const folder = resolve(values.folder);
  if (values.help) {
    process.stdout.write(help);
    return exitCodes.done;
  }
  if (verb === "collect" && rest.length > 0) {
    const [runsDir, ...names] = rest;
    return collect(resolve(runsDir!), names, folder);
  }
  if (verb === "draw" && rest.length === 0) {
    // The charts' library takes longer to load than a collection takes.
    const { drawn } = await import("./draw.ts");
    const files = drawn(readResults(folder));
    writeFiles(folder, files);
    for (const path of files.keys()) say(`Drew ${path}`);
    return exitCodes.done;
  }
  const got = JSON.stringify(positionals.join(" "));
  throw new UsageError(`It must be collect RUNS_DIR [RUN…] or draw, got ${got} (--help says more)`);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}
