/** What the kernel says of a process; null where there is no /proc, or no such process. */

import { readFileSync } from "node:fs";

/** /proc tells times in these, whatever the kernel's own clock does. */
const ticksPerSecond = 100;

/** Clock ticks after boot, in the kernel's own words. */
export function startOf(pid: number): string | null {
  return statOf(pid)?.[19] ?? null;
}

/** User and system time of all its threads. */
export function cpuSeconds(pid: number): number | null {
  const fields = statOf(pid);
  return fields && (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

/** The fields of /proc/PID/stat from the third on. */
function statOf(pid: number): string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The command's name, in parentheses, may itself hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return null;
  }
}
