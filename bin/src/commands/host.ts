/** memnet host: runs all actors of a run in one process. The launcher starts it, and restarts it when it dies. */

import { say } from "@memnet/terminal";
import { hosting } from "../host/hosting.ts";
import { stoppingText } from "../host/shown.ts";

const description = "Hosts the actors of one run, as a launcher's plan says.";

export const define = hosting("host", description, async (path, settings, signal) => {
  const [{ host }, { readPlan }] = await Promise.all([import("../host/host.ts"), import("../host/plan.ts")]);
  const plan = readPlan(path);
  // Of several hosts none speaks for all.
  if (!plan.joins) signal.addEventListener("abort", () => say(stoppingText));
  return host(plan, settings, signal);
});
