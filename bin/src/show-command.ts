/** The command that shows a run's page again. */

import { resolve } from "node:path";
import { commandLine } from "@memnet/service/shell";
import { runsDirDefault } from "./configure/runs-dir.ts";
import { programTyped } from "./shell.ts";

/** @param program how the user starts memnet */
export function showCommandOf(runsDir: string, program = programTyped()): (run: string) => string {
  return (run) => `${program} ${commandLine(["test", run, "--serve", ...runsDirFlag(runsDir)])}`;
}

/** The flag that names a runs folder, if it is not the default one. */
export function runsDirFlag(runsDir: string): string[] {
  return runsDir === resolve(runsDirDefault) ? [] : ["--runs-dir", runsDir];
}
