/** The evaluator and the page of a runs folder, as a host or a hub has them. */

import { type EvaluatorSettings, main as evaluate } from "@memnet/evaluator";
import { pageHostDefault } from "@memnet/page/port";
import { evaluatorPage } from "../evaluator-page.ts";
import { showCommandOf } from "../show-command.ts";
import type { Actors } from "./actors.ts";
import type { HubPlan } from "./plan.ts";

/** @param onServed called with the port of the page, once it is served */
export function startEvaluator(
  actors: Actors,
  { runsDir, port, program }: HubPlan,
  settings: Omit<EvaluatorSettings, "runsDir" | "page">,
  onServed: (port: number) => void,
): void {
  const showCommand = showCommandOf(runsDir, program);
  const page = evaluatorPage({ port, host: pageHostDefault, onServed, showCommand });
  actors.start("evaluator", (stop) => evaluate({ ...settings, runsDir, page }, stop));
}
