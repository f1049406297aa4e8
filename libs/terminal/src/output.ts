/** The commands' output: results on stdout, problems on stderr, and one live line that is overwritten. */

import { withoutLogins } from "@memnet/service/servers";

/** Prints one or more lines of a result. */
export function say(text: string): void {
  clearLiveLine();
  process.stdout.write(`${text}\n`);
}

/** Prints one or more lines about a problem. They may quote a NATS address as it was typed. */
export function complain(text: string): void {
  clearLiveLine();
  process.stderr.write(`${withoutLogins(text)}\n`);
}

let live = false;

/** How a command shows its progress, and how often. */
export interface ProgressOutput {
  readonly show: (text: string) => void;
  readonly everyMs: number;
}

/** A live line that is overwritten often enough to look alive, or in a file or a log a new line every 10 s. */
export function progressOutput(): ProgressOutput {
  return canWriteOver(process.env, isTerminal())
    ? { show: showLiveLine, everyMs: 250 }
    : { show: say, everyMs: 10_000 };
}

/**
 * Reports whether a line can be overwritten: on a terminal that knows escape codes, and not in the log of a CI job.
 * NO_COLOR makes no difference, since memnet prints no colours.
 */
export function canWriteOver({ TERM, CI }: NodeJS.ProcessEnv, terminal: boolean): boolean {
  const inCi = CI !== undefined && !["", "0", "false"].includes(CI.toLowerCase());
  return terminal && TERM !== "dumb" && !inCi;
}

function showLiveLine(text: string): void {
  // A line that wraps could not be overwritten.
  const width = terminalColumns() - 1;
  process.stdout.write(`\r\x1b[2K${text.slice(0, width)}`);
  live = true;
}

export function clearLiveLine(): void {
  if (!live) return;
  live = false;
  process.stdout.write("\r\x1b[2K");
}

/** Clears what a killed process may have left on the line. */
export function clearLeftLine(): void {
  live = canWriteOver(process.env, isTerminal());
  clearLiveLine();
}

/** Some terminals report 0 if they do not know their width. */
export function terminalColumns(): number {
  return Math.max(20, process.stdout.columns || 80);
}

export function isTerminal(): boolean {
  return process.stdout.isTTY === true;
}
