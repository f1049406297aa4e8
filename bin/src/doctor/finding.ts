/** The findings of `memnet doctor`. */

export const levels = ["ok", "warning", "failed"] as const;
export type Level = (typeof levels)[number];

export interface Finding {
  readonly check: string;
  readonly level: Level;
  readonly text: string;
  /** What to do about it; null if all is well. */
  readonly advice: string | null;
}

export function well(check: string, text: string): Finding {
  return { check, level: "ok", text, advice: null };
}

export function doubtful(check: string, text: string, advice: string): Finding {
  return { check, level: "warning", text, advice };
}

export function failed(check: string, text: string, advice: string): Finding {
  return { check, level: "failed", text, advice };
}

/** Formats findings, one line each. Line breaks in texts from servers or the system are removed. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings
    .map(({ level, check, text, advice }) =>
      `${level.padEnd(8)} ${check.padEnd(width)}  ${text}${advice === null ? "" : ` → ${advice}`}`.replace(
        /\s*\n\s*/g,
        " ",
      ),
    )
    .join("\n");
}

/** Runs a check. If it takes too long or throws, that becomes a failed finding, and the other checks continue. */
export async function within(
  check: string,
  ms: number,
  advice: string,
  work: Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    const text = `it must be known within ${ms} ms, and is not`;
    timer = setTimeout(() => resolve([failed(check, text, advice)]), ms);
  });
  try {
    return await Promise.race([work, late]);
  } catch (error) {
    return [failed(check, `it could not be looked at (${String(error)})`, "this is a fault of memnet's own")];
  } finally {
    clearTimeout(timer);
  }
}
