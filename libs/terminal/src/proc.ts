/** What the kernel reports about a process; null if there is no /proc or no such process. */

import { readFileSync } from "node:fs";

/** The start time in clock ticks after boot, as the kernel prints it. */
export function startOf(pid: number): string | null {
  return statOf(pid)?.[19] ?? null;
}

/** Returns the fields of /proc/PID/stat from the third on. */
function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name, in parentheses, may itself hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
