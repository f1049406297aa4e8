/** The text that `train` prints before a run's first step. */

import { join } from "node:path";
import { whole } from "@memnet/terminal";
import { architectureText, conditionText, settingsText, taskSettings } from "memnet";
import type { Configured } from "../configure/configure.ts";
import { type Series, seriesText } from "./progress.ts";

interface Opened {
  readonly run: string;
  readonly configured: Configured;
  readonly resumes: boolean;
  readonly series: Series | null;
}

interface Where {
  readonly runsDir: string;
  readonly port: number;
  readonly metricsPort: number;
  /** NATS's address; null if messages stay within the process. */
  readonly address: string | null;
}

export function openingText({ run, configured, resumes, series }: Opened, where: Where): string {
  const { config, model, engine } = configured;
  const { training, operation } = config;
  const { runsDir, port, metricsPort, address } = where;
  const until = training.until ? `, until ${conditionText(training.until)}` : "";
  const refused = engine.refused.map(({ name, why }) => `\n             not ${name}: ${why.split("\n")[0]}`);
  return [
    `${resumes ? "Resuming run" : "Run"} ${run}${series ? `, ${seriesText(series)}` : ""}`,
    `  task       ${training.task.name}: ${settingsText(taskSettings(training))}`,
    `  training   ${whole(operation.steps)} steps of ${training.sequencesPerStep} sequences${until}, seed ${training.seed}, ${training.optimizer.kind}`,
    `  engine     ${engine.name}${refused.join("")}`,
    ...(address === null ? [] : [`  NATS       ${address}`]),
    `  files      ${join(runsDir, run)}`,
    `  page       http://127.0.0.1:${port}/env/${run}`,
    `  metrics    http://127.0.0.1:${metricsPort}/metrics`,
    "",
    architectureText(model),
    "",
  ].join("\n");
}
