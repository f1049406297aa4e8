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

/** How a command shows how far it is, and how often. */
export interface ProgressOutput {
  readonly show: (text: string) => void;
  readonly everyMs: number;
}

/** A line that is written over often enough to look alive, or a line of its own every 10 s in a file or a log. */
export function progressOutput(): ProgressOutput {
  return canWriteOver(process.env, isTerminal())
    ? { show: showLiveLine, everyMs: 250 }
    : { show: say, everyMs: 10_000 };
}

/**
 * Whether a line can be written over: on a terminal that knows escape codes, and not in the log of a CI job. NO_COLOR
 * changes nothing: memnet prints no colours.
 */
export function canWriteOver({ TERM, CI }: NodeJS.ProcessEnv, terminal: boolean): boolean {
  const inCi = CI !== undefined && !["", "0", "false"].includes(CI.toLowerCase());
  return terminal && TERM !== "dumb" && !inCi;
}

function showLiveLine(text: string): void {
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

/** Clears what a process that was killed may have left on the line. */
export function clearLeftLine(): void {
  live = canWriteOver(process.env, isTerminal());
  clearLiveLine();
}

/** Some terminals say 0 where they do not know. */
export function terminalColumns(): number {
  return Math.max(20, process.stdout.columns || 80);
}

export function isTerminal(): boolean {
  return process.stdout.isTTY === true;
}
