/** A command that the launcher alone starts: a process that hosts actors, as a plan says. */

import type { Define } from "../define.ts";
import { version } from "../program.ts";
import { onLogLineTold, serve, tell } from "../service.ts";
import type { HostSettings } from "./host.ts";
import { errorsShown } from "./shown.ts";

/** @param work given the plan's file; returns the exit code, or undefined for 0 */
export function hosting(
  name: string,
  description: string,
  work: (plan: string, settings: HostSettings, signal: AbortSignal) => Promise<number | undefined>,
): Define {
  return (command) => {
    command
      .description(description)
      .argument("<plan>", "the plan's file")
      .action(async (plan: string) => {
        const { readSettings } = await import("@memnet/service");
        const { machine, logLevel, metricsHost, metricsNames, nats } = readSettings(process.env);
        const onLogLine = onLogLineTold ?? errorsShown();
        const settings = {
          machine,
          logLevel,
          metricsHost,
          metricsNames,
          version: version(),
          connection: nats,
          onLogLine,
          tell,
        };
        await serve(name, logLevel, (signal) => work(plan, settings, signal), onLogLine);
      });
  };
}
