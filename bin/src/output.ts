/** What a person reads: results on stdout, trouble on stderr, and one line that is written over. */

import { withoutLogins } from "@memnet/service/servers";

/** One or more lines of a result. */
export function say(text: string): void {
  clearLiveLine();
  process.stdout.write(`${text}\n`);
}

/** One or more lines about trouble, which may quote a NATS address as it was typed. */
export function complain(text: string): void {
  clearLiveLine();
  process.stderr.write(`${withoutLogins(text)}\n`);
}

let live = false;

/** Writes over the line before; only where stdout is a terminal. */
export function showLiveLine(text: string): void {
  // A line that wraps could not be written over.
  const width = terminalColumns() - 1;
  process.stdout.write(`\r\x1b[2K${text.slice(0, width)}`);
  live = true;
}

export function clearLiveLine(): void {
  if (!live) return;
  live = false;
  process.stdout.write("\r\x1b[2K");
}

/** Some terminals say 0 where they do not know. */
export function terminalColumns(): number {
  return Math.max(20, process.stdout.columns || 80);
}

export function isTerminal(): boolean {
  return process.stdout.isTTY === true;
}
