/** memnet host: runs all actors of a run in one process. The launcher starts it, and restarts it when it dies. */

import type { LogLine } from "@memnet/service";
import { complain, say } from "@memnet/terminal";
import type { Define } from "../define.ts";
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
        signal.addEventListener("abort", () => {
          say("Stopping after a checkpoint; Ctrl-C once more ends at once, without one.");
        });
        return host(plan, settings, signal);
      };
      await serve("host", logLevel, main, onLogLine);
    });
};

/** At most this many errors are shown. More would hide the progress, and run.log has all of them. */
const shownMax = 20;

/** Returns a log listener that shows each error once. */
function errorsShown(): (line: LogLine) => void {
  const shown = new Set<string>();
  return ({ level, service, message, fields }) => {
    if (level !== "error") return;
    const { error } = fields as { error?: { message?: unknown } };
    const text = `${service}: ${message}${error?.message === undefined ? "" : `: ${String(error.message)}`}`;
    if (shown.has(text) || shown.size >= shownMax) return;
    shown.add(text);
    complain(text);
  };
}
