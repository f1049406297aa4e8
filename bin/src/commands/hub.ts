/** memnet hub: the evaluator and the page of a runs folder in one process. The launcher starts it for runs at the same time. */

import type { Define } from "../define.ts";
import { errorsShown } from "../host/shown.ts";
import { version } from "../program.ts";
import { serve, tell } from "../service.ts";

export const define: Define = (command) => {
  command
    .description("Hosts the evaluator of several runs, as a launcher's plan says.")
    .argument("<plan>", "the plan's file")
    .action(async (path: string) => {
      const [{ hub }, { readHubPlan }, { readSettings }] = await Promise.all([
        import("../host/hub.ts"),
        import("../host/plan.ts"),
        import("@memnet/service"),
      ]);
      const plan = readHubPlan(path);
      const { machine, logLevel, nats } = readSettings(process.env);
      const onLogLine = errorsShown();
      const settings = { machine, logLevel, version: version(), connection: nats, onLogLine, tell };
      const main = async (signal: AbortSignal) => {
        await hub(plan, settings, signal);
        return undefined;
      };
      await serve("hub", logLevel, main, onLogLine);
    });
};
