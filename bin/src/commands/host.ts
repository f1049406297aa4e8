/** memnet host: runs all actors of a run in one process. The launcher starts it, and restarts it when it dies. */

import { say } from "@memnet/terminal";
import type { Define } from "../define.ts";
import { errorsShown, stoppingText } from "../host/shown.ts";
import { version } from "../program.ts";
import { serve, tell } from "../service.ts";

export const define: Define = (command) => {
  command
    .description("Hosts the actors of one run, as a launcher's plan says.")
    .argument("<plan>", "the plan's file")
    .action(async (path: string) => {
      const [{ host }, { readPlan }, { readSettings }] = await Promise.all([
        import("../host/host.ts"),
        import("../host/plan.ts"),
        import("@memnet/service"),
      ]);
      const plan = readPlan(path);
      const { machine, logLevel, nats } = readSettings(process.env);
      const onLogLine = errorsShown();
      const settings = { machine, logLevel, version: version(), connection: nats, onLogLine, tell };
      const main = async (signal: AbortSignal) => {
        // Of several hosts none speaks for all.
        if (!plan.joins) signal.addEventListener("abort", () => say(stoppingText));
        return host(plan, settings, signal);
      };
      await serve("host", logLevel, main, onLogLine);
    });
};
