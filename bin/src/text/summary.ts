/** What metrics.jsonl says of a run at its end. */

import { type BestLine, bestOf, type EvaluationLine } from "@memnet/evaluator";

export interface Summary {
  /** The newest checkpoint. */
  readonly checkpoint: { readonly step: number; readonly sha256: string } | null;
  /** On the validation stream: fewest wrong bits, then loss, then the earlier step. */
  readonly best: BestLine | null;
}

/** @param text metrics.jsonl; lines that cannot be read are passed over */
export function summaryOf(text: string): Summary {
  let checkpoint: Summary["checkpoint"] = null;
  const evaluations: EvaluationLine[] = [];
  for (const line of text.split("\n")) {
    // Most lines are steps, and are of no interest here.
    if (!line.includes('"checkpoint"') && !line.includes('"evaluation"')) continue;
    const record = parse(line);
    if (record?.kind === "checkpoint")
      checkpoint = { step: Number(record.step), sha256: String(record.sha256) };
    if (record?.kind === "evaluation") evaluations.push(record as unknown as EvaluationLine);
  }
  return { checkpoint, best: bestOf(evaluations) ?? null };
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}
