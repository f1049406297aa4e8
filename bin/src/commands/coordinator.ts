/** memnet coordinator: owns one run. */

import { configure } from "../configure/configure.ts";
import { configurationFlags, type Written } from "../configure/flags.ts";
import { readInitial, runsDirDefault } from "../configure/runs-dir.ts";
import type { Define } from "../define.ts";
import { commonSettings, runOf, type ServiceFlags, serve, serviceFlags, serviceHelp } from "../service.ts";

interface Flags extends ServiceFlags {
  readonly run?: string;
  readonly fresh?: true;
  readonly exitAtEnd?: true;
}

export const define: Define = (command) => {
  command.description(
    "Owns one run: hands out micro-batches, adds up gradients, updates the parameters. Without a name it takes the " +
      "unfinished run of its configuration that nobody holds, else makes one.",
  );
  const written = configurationFlags(command, process.env);
  serviceFlags(command)
    .option("--run <name>", "the run to take or make (MEMNET_RUN)")
    .option("--fresh", "without a name: always make a new run")
    .option(
      "--exit-at-end",
      "end once the run is over, with 4 if it was stopped before its end; otherwise stay",
    )
    .addHelpText(
      "after",
      `${serviceHelp}

Exit codes: 0 ended, or stopped on request without --exit-at-end; 2 refused (configuration, run held by another); 3 the
run failed; 4 stopped on request with --exit-at-end: the same command resumes it; 75 another coordinator took the run;
1 anything else.

Example:
  NATS_URL=nats://nats:4222 MEMNET_PRESET=original-ntm-copy memnet coordinator --steps 20000`,
    )
    .action(async (flags: Flags) => await coordinate(flags, written()));
};

async function coordinate(flags: Flags, written: Written): Promise<void> {
  const common = await commonSettings(flags);
  const { exitAtEnd = false } = flags;
  const run = runOf(flags.run);
  const { config, initial, engine } = await configure(written, {
    elsewhere: true,
    readInitial: (all, model) => readInitial(runsDirDefault, all, model),
  });
  const settings = {
    ...common,
    run,
    fresh: flags.fresh ?? false,
    config,
    initial,
    exitAtEnd,
    stoppedIsDone: !exitAtEnd,
    joinable: true,
  };
  const { main } = await import("@memnet/coordinator");
  const { createLog } = await import("@memnet/service");
  const log = createLog({ service: "coordinator", level: common.logLevel, destination: "stderr" });
  log.info(`The engine of a new run is ${engine.name}`, { refused: engine.refused });
  await serve("coordinator", common.logLevel, (signal) => main(settings, signal));
}
