/** memnet trainer: takes parameters and a micro-batch, and returns a gradient. */

import { wholeOf } from "../configure/flags.ts";
import type { Define } from "../define.ts";
import {
  commonSettings,
  idleExitCode,
  idleFlag,
  idleHelp,
  idleMsMaxOf,
  runOf,
  type ServiceFlags,
  serve,
  serviceFlags,
  serviceHelp,
} from "../service.ts";

export const define: Define = (command) => {
  command.description(
    "Computes gradients for one run: the one named, else the announced run with the fewest trainers.",
  );
  idleFlag(serviceFlags(command))
    .option("--run <name>", "the one run to serve (MEMNET_RUN)")
    .option(
      "--device <number>",
      "which of several GPUs, from 0 by their PCI addresses (MEMNET_DEVICE; default: the system's choice)",
    )
    .addHelpText(
      "after",
      `${serviceHelp}\n${idleHelp}\n\nExample:\n  NATS_URL=nats://nats:4222 memnet trainer`,
    )
    .action(async (flags: ServiceFlags & { run?: string; device?: string; idleTimeout?: string }) => {
      const device = flags.device ?? process.env.MEMNET_DEVICE;
      const settings = {
        ...(await commonSettings(flags)),
        run: runOf(flags.run),
        idleMsMax: idleMsMaxOf(flags.idleTimeout),
        device: device ? wholeOf("--device", device, 0, 63) : null,
      };
      const { main } = await import("@memnet/trainer");
      await serve("trainer", settings.logLevel, async (signal) =>
        idleExitCode(await main(settings, signal), settings.idleMsMax),
      );
    });
};
