/** Summarises a run's metrics.jsonl at its end. */

import { type BestLine, bestOf, type EvaluationLine } from "@memnet/runs";
import { Divergence, divergenceSteps } from "memnet";

export interface Summary {
  /** The newest checkpoint. */
  readonly checkpoint: { readonly step: number; readonly sha256: string } | null;
  /** The best on the validation stream: fewest wrong bits, then lowest loss, then earliest step. */
  readonly best: BestLine | null;
  /** The number of steps that made no update because their loss or gradient was not finite. */
  readonly skipped: number;
  /** The last step that was computed twice, by different trainers; 0 if none was. */
  readonly audited: number;
  /** The mean loss of the last steps in nats per sequence, if it is worse than guessing; otherwise null. */
  readonly divergedTo: number | null;
}

/**
 * @param text     metrics.jsonl; lines that cannot be read are skipped
 * @param guessing loss in nats per sequence of a model that guesses
 */
export function summaryOf(text: string, guessing: number): Summary {
  let checkpoint: Summary["checkpoint"] = null;
  let skipped = 0;
  let audited = 0;
  let lastSteps: string[] = [];
  const evaluations: EvaluationLine[] = [];
  for (const line of text.split("\n")) {
    // Most lines are steps, and only the last few of those are parsed.
    if (line.startsWith('{"kind":"step"')) {
      if (line.includes('"loss":null')) skipped += line.includes('"lost":true') ? 0 : 1;
      else lastSteps = [...lastSteps.slice(1 - divergenceSteps), line];
      if (line.includes('"audited":true')) audited = Number(parse(line)?.step);
      continue;
    }
    if (!line.includes('"checkpoint"') && !line.includes('"evaluation"')) continue;
    const record = parse(line);
    if (record?.kind === "checkpoint")
      checkpoint = { step: Number(record.step), sha256: String(record.sha256) };
    if (record?.kind === "evaluation") evaluations.push(record as unknown as EvaluationLine);
  }
  const divergence = new Divergence(guessing);
  for (const line of lastSteps) divergence.note(Number(parse(line)?.loss));
  const divergedTo = divergence.isDiverging ? divergence.mean : null;
  return { checkpoint, best: bestOf(evaluations) ?? null, skipped, audited, divergedTo };
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}
