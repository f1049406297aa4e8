/**
 * A run's training configuration is fixed. Other settings need another run, which may start from this one's parameters.
 */

import { join } from "node:path";
import { commandLine } from "@memnet/service/shell";
import { assignmentsBetween, type TrainingConfig } from "memnet";

/** Returns the command that trains with other settings from the run's newest parameters. */
export function otherRunCommand(
  runsDir: string,
  run: string,
  from: TrainingConfig,
  to: TrainingConfig,
): string {
  const settings = assignmentsBetween(from, to).flatMap((assignment) => ["--set", assignment]);
  const config = join(runsDir, run, "config.json");
  return commandLine([
    ...["memnet", "train", "--runs-dir", runsDir, "--config", config, "--from", run],
    ...settings,
  ]);
}
