/** memnet data-env: makes batches for every run that asks. */

import type { Define } from "../define.ts";
import { commonSettings, type ServiceFlags, serve, serviceFlags, serviceHelp } from "../service.ts";

export const define: Define = (command) => {
  command.description("Makes batches of the tasks, for every run that asks.");
  serviceFlags(command)
    .addHelpText("after", `${serviceHelp}\n\nExample:\n  NATS_URL=nats://nats:4222 memnet data-env`)
    .action(async (flags: ServiceFlags) => {
      const settings = await commonSettings(flags);
      const { main } = await import("@memnet/data-env");
      await serve(
        "data-env",
        settings.logLevel,
        async (signal) => (await main(settings, signal)) ?? undefined,
      );
    });
};
