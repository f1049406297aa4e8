/** What a launcher's processes show in the terminal beside the progress. */

import type { LogLine } from "@memnet/service";
import { complain } from "@memnet/terminal";

/** Printed on the first Ctrl-C. */
export const stoppingText = "Stopping after a checkpoint; another Ctrl-C ends at once, without one.";

/** At most this many errors are shown. More would hide the progress, and run.log has all of them. */
const shownMax = 20;

/** Returns a log listener that shows each error once. */
export function errorsShown(): (line: LogLine) => void {
  const shown = new Set<string>();
  return ({ level, service, message, fields }) => {
    if (level !== "error") return;
    const { error } = fields as { error?: { message?: unknown } };
    const text = `${service}: ${message}${error?.message === undefined ? "" : `: ${String(error.message)}`}`;
    if (shown.has(text) || shown.size >= shownMax) return;
    shown.add(text);
    complain(text);
  };
}
