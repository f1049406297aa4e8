/** What a run has reached, for comparing runs: a goal, its best, and the last evaluations beyond training. */

import type { RunFigures } from "@memnet/protocol";
import type { Disk } from "@memnet/service";
import type { Condition } from "memnet";
import { bestOf } from "./best.ts";
import { satisfiedStep, validation } from "./due.ts";
import { type Indexed, readIndexed } from "./indexed.ts";
import type { EvaluationLine } from "./lines.ts";

/** As many splits as one message takes; memnet's own tasks have four. */
const splitsMax = 64;

export function figures(
  run: string,
  { config, index }: Pick<Indexed, "config" | "index">,
  goal: Condition,
): RunFigures {
  const { evaluations } = index;
  return {
    run,
    training: config.training,
    reached: satisfiedStep(goal, evaluations),
    best: bestOf(evaluations) ?? null,
    beyond: lastBeyond(evaluations),
  };
}

/** Without writing anything; undefined where the folder holds no run that can be read. */
export async function readFigures(
  disk: Disk,
  root: string,
  run: string,
  goal: Condition,
): Promise<RunFigures | undefined> {
  const read = await readIndexed(disk, root, run);
  return read && figures(run, read, goal);
}

/** Of each split but validation the newest line, in the order in which they were first measured. */
function lastBeyond(evaluations: readonly EvaluationLine[]): RunFigures["beyond"] {
  const last = new Map<string, EvaluationLine>();
  for (const line of evaluations) {
    if (line.split === validation || line.step < (last.get(line.split)?.step ?? 0)) continue;
    last.set(line.split, line);
  }
  return [...last.values()]
    .slice(0, splitsMax)
    .map(({ split, step, wrongBits, exact }) => ({ split, step, wrongBits, exact }));
}
