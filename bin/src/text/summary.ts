/** What metrics.jsonl says of a run at its end. */

export interface Best {
  readonly step: number;
  readonly loss: number;
  readonly lossBits: number;
  readonly wrongBits: number;
  readonly exact: number;
}

export interface Summary {
  /** The newest checkpoint. */
  readonly checkpoint: { readonly step: number; readonly sha256: string } | null;
  /** On the validation stream: fewest wrong bits, then loss, then the earlier step. */
  readonly best: Best | null;
}

/** @param text metrics.jsonl; lines that cannot be read are passed over */
export function summaryOf(text: string): Summary {
  let checkpoint: Summary["checkpoint"] = null;
  let best: Best | null = null;
  for (const line of text.split("\n")) {
    // Most lines are steps, and are of no interest here.
    if (!line.includes('"checkpoint"') && !line.includes('"evaluation"')) continue;
    const record = parse(line);
    if (record?.kind === "checkpoint")
      checkpoint = { step: Number(record.step), sha256: String(record.sha256) };
    if (
      record?.kind === "evaluation" &&
      record.split === "validation" &&
      isBetter(record as unknown as Best, best)
    ) {
      best = record as unknown as Best;
    }
  }
  return { checkpoint, best };
}

function isBetter(a: Best, b: Best | null): boolean {
  if (!b) return true;
  return a.wrongBits < b.wrongBits || (a.wrongBits === b.wrongBits && a.loss < b.loss);
}

function parse(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}
