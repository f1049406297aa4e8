/** memnet broker: the embedded broker as a process, for the launcher. */

import { wholeOf } from "../configure/flags.ts";
import type { Define } from "../define.ts";
import { serve } from "../service.ts";

export const define: Define = (command) => {
  command
    .description("The NATS client protocol on the loopback interface, for one machine without nats-server.")
    .requiredOption("--port <number>", "where it listens on 127.0.0.1; 0 takes a free port")
    .addHelpText("after", "\nExample:\n  memnet broker --port 4222")
    .action(async (flags: { port: string }) => {
      const port = wholeOf("--port", flags.port, 0, 65_535);
      const { createLog, startBroker } = await import("@memnet/service");
      const log = createLog({ service: "broker", destination: "stderr" });
      await serve("broker", "info", async (signal) => {
        await using _broker = await startBroker({ port, log });
        await new Promise<void>((resolve) =>
          signal.addEventListener("abort", () => resolve(), { once: true }),
        );
        return undefined;
      });
    });
};
