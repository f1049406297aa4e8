/** Reads what a run has recorded, and trains the same steps without containers. */

import { mkdtemp, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { memnetPath } from "../cluster/processes.ts";
import { command } from "./command.ts";

export interface RunRecord {
  readonly step: number;
  /** The last checkpoint. */
  readonly checkpoint: { readonly step: number; readonly sha256: string } | undefined;
}

/** Returns the only run of a folder. @throws if there is none yet, or more than one */
export async function onlyRun(runsDir: string): Promise<string> {
  const names = (await readdir(runsDir)).filter((name) => !name.startsWith("."));
  if (names.length !== 1) throw new Error(`There must be one run, got ${JSON.stringify(names)}`);
  return names[0]!;
}

export async function recordOf(runsDir: string, run: string): Promise<RunRecord> {
  const text = await readFile(join(runsDir, run, "metrics.jsonl"), "utf8");
  // The last line may be incomplete.
  const lines = text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((line) => line !== "");
  const all = lines.map((line) => JSON.parse(line) as { kind: string; step: number; sha256: string });
  const last = (kind: string) => all.findLast((line) => line.kind === kind);
  return { step: last("step")?.step ?? 0, checkpoint: last("checkpoint") };
}

/** Runs `memnet train` on this machine. @param folder receives the run's files. @param flags further settings */
export async function trainedHere(folder: string, steps: number, ...flags: string[]): Promise<RunRecord> {
  const runsDir = await mkdtemp(join(folder, "here-"));
  const own = ["--run=here", `--runs-dir=${runsDir}`, "--port=0", `--steps=${steps}`];
  await command(process.execPath, [memnetPath, "train", ...own, ...flags], { env: withoutNats() });
  return recordOf(runsDir, "here");
}

/** If NATS_URL were set, train would use that server. */
function withoutNats(): NodeJS.ProcessEnv {
  const { NATS_URL: _, ...env } = process.env;
  return env;
}
