/** memnet evaluator: keeps the runs' files and measures their models. */

import { resolve } from "node:path";
import { pageHostDefault, pagePortDefault } from "@memnet/page/port";
import { wholeOf } from "../configure/flags.ts";
import { checkFolderToWrite, runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";
import { evaluatorPage } from "../evaluator-page.ts";
import { commonSettings, type ServiceFlags, serve, serviceFlags, serviceHelp } from "../service.ts";

interface Flags extends ServiceFlags {
  readonly runsDir?: string;
  readonly page: boolean;
  readonly pagePort?: string;
  readonly pageHost: string;
  readonly pageName: readonly string[];
}

export const define: Define = (command) => {
  command.description(
    "Keeps checkpoints and measures models, for all runs of one folder; the only one that writes there.",
  );
  serviceFlags(command)
    .option("--runs-dir <folder>", `where runs are kept (MEMNET_RUNS_DIR; default: ${runsDirDefault})`)
    .option("--page-port <number>", `of the runs' page (default: ${pagePortDefault}, or a free one)`)
    .option("--page-host <address>", "where the page is served; it asks for no login", pageHostDefault)
    .option(
      "--page-name <name>",
      "a further name that browsers know the page by, such as a proxy's; may be given more than once " +
        "(MEMNET_PAGE_NAMES; there with commas between them)",
      (name: string, before: readonly string[]) => [...before, name],
      [],
    )
    .option("--no-page", "serve no page")
    .addHelpText(
      "after",
      `${serviceHelp}

Exit codes: 0 stopped on request, 2 bad usage, a port that is taken or another runs folder that is served on this NATS,
75 another evaluator took the folder, 1 anything else.

Example:
  NATS_URL=nats://nats:4222 memnet evaluator --runs-dir /var/lib/memnet`,
    )
    .action(async (flags: Flags) => {
      const runsDir = resolve(flags.runsDir ?? (process.env.MEMNET_RUNS_DIR || runsDirDefault));
      checkFolderToWrite("--runs-dir", runsDir);
      const settings = { ...(await commonSettings(flags)), runsDir, page: await pageOf(flags) };
      const { main } = await import("@memnet/evaluator");
      await serve("evaluator", settings.logLevel, (signal) => main(settings, signal));
    });
};

async function pageOf({ page, pagePort, pageHost, pageName }: Flags) {
  if (!page) return null;
  const { readNames } = await import("@memnet/service");
  const names = pageName.length > 0 ? pageName : readNames(process.env, "MEMNET_PAGE_NAMES");
  const port = pagePort === undefined ? null : wholeOf("--page-port", pagePort, 0, 65_535);
  return evaluatorPage({ port, host: pageHost, names });
}
