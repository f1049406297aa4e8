/** The commands' output: results on stdout, problems on stderr, and live lines that are overwritten. */

import { withoutLogins } from "@memnet/service/servers";

/** Where everything but problems and documents is printed. */
let output: NodeJS.WriteStream = process.stdout;

/** Leaves stdout to a document, for a program that reads it: what is said, and progress, go to stderr. */
export function leaveStdout(): void {
  output = process.stderr;
}

/** The number of the file that `say` prints to. A process that this one starts prints there too. */
export function saidTo(): 1 | 2 {
  return output === process.stderr ? 2 : 1;
}

/** Prints one or more lines of a result. */
export function say(text: string): void {
  clearLiveLine();
  output.write(`${text}\n`);
}

/** Prints a JSON document on stdout. */
export function sayJson(value: unknown): void {
  clearLiveLine();
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

/** Prints one or more lines about a problem. They may quote a NATS address as it was typed. */
export function complain(text: string): void {
  clearLiveLine();
  process.stderr.write(`${withoutLogins(text)}\n`);
}

/** How many lines on the screen will be overwritten. */
let live = 0;

/** How a command shows its progress, and how often. */
export interface ProgressOutput {
  readonly show: (text: string) => void;
  readonly everyMs: number;
  /** Whether what is shown is overwritten. */
  readonly isLive: boolean;
}

/** Live lines that are overwritten often enough to look alive, or in a file or a log a new text every 10 s. */
export function progressOutput(): ProgressOutput {
  return canWriteOver(process.env, isTerminal())
    ? { show: showLive, everyMs: 250, isLive: true }
    : { show: say, everyMs: 10_000, isLive: false };
}

/**
 * Reports whether a line can be overwritten: on a terminal that knows escape codes, and not in the log of a CI job.
 * NO_COLOR makes no difference, since memnet prints no colours.
 */
export function canWriteOver({ TERM, CI }: NodeJS.ProcessEnv, terminal: boolean): boolean {
  const inCi = CI !== undefined && !["", "0", "false"].includes(CI.toLowerCase());
  return terminal && TERM !== "dumb" && !inCi;
}

function showLive(text: string): void {
  // Lines that wrap or leave the screen could not be overwritten.
  const width = terminalColumns() - 1;
  const height = Math.max(1, (output.rows || 24) - 1);
  const lines = text.split("\n").slice(0, height);
  output.write(`${clearing()}${lines.map((line) => line.slice(0, width)).join("\n")}`);
  live = lines.length;
}

export function clearLiveLine(): void {
  if (live === 0) return;
  output.write(clearing());
  live = 0;
}

/** Clears the live lines, and leaves the cursor where they began. */
function clearing(): string {
  return `\r\x1b[2K${"\x1b[1A\x1b[2K".repeat(Math.max(0, live - 1))}`;
}

/** Clears what a killed process may have left on the line. */
export function clearLeftLine(): void {
  live = canWriteOver(process.env, isTerminal()) ? 1 : 0;
  clearLiveLine();
}

/** Some terminals report 0 if they do not know their width. */
export function terminalColumns(): number {
  return Math.max(20, output.columns || 80);
}

export function isTerminal(): boolean {
  return output.isTTY === true;
}
