/** memnet evaluator: keeps the runs' files and measures their models. */

import { resolve } from "node:path";
import { runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";
import { commonSettings, type ServiceFlags, serve, serviceFlags, serviceHelp } from "../service.ts";

export const define: Define = (command) => {
  command.description(
    "Keeps checkpoints and measures models, for all runs of one folder; the only one that writes there.",
  );
  serviceFlags(command)
    .option("--runs-dir <folder>", `where runs are kept (MEMNET_RUNS_DIR; default: ${runsDirDefault})`)
    .addHelpText(
      "after",
      `${serviceHelp}

Exit codes: 0 stopped on request, 2 another runs folder is served on this NATS, 75 another evaluator took the folder,
1 anything else.

Example:
  NATS_URL=nats://nats:4222 memnet evaluator --runs-dir /var/lib/memnet`,
    )
    .action(async (flags: ServiceFlags & { runsDir?: string }) => {
      const runsDir = resolve(flags.runsDir ?? (process.env.MEMNET_RUNS_DIR || runsDirDefault));
      const settings = { ...(await commonSettings(flags)), runsDir };
      const { main } = await import("@memnet/evaluator");
      await serve("evaluator", settings.logLevel, (signal) => main(settings, signal));
    });
};
