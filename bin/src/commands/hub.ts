/** memnet hub: the evaluator and the page of a runs folder in one process, which the launcher starts for several runs. */

import { hosting } from "../host/hosting.ts";

const description = "Hosts the evaluator of several runs, as a launcher's plan says.";

export const define = hosting("hub", description, async (path, settings, signal) => {
  const [{ hub }, { readHubPlan }] = await Promise.all([import("../host/hub.ts"), import("../host/plan.ts")]);
  await hub(readHubPlan(path), settings, signal);
  return undefined;
});
