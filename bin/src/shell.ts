/** Formats commands for printing, so that they work when pasted into the shell that this command was typed in. */

import { basename, relative } from "node:path";
import { commandLine } from "@memnet/service/shell";
import { programOnPath } from "@memnet/terminal";

/** How this process was started. */
export interface Started {
  readonly env: NodeJS.ProcessEnv;
  /** The same as process.argv: the program's path comes second. */
  readonly argv: readonly string[];
  readonly folder: string;
}

const here = (): Started => ({ env: process.env, argv: process.argv, folder: process.cwd() });

/** Formats a command of this program, started the way this process was. */
export function memnetCommand(args: readonly string[], started: Started = here()): string {
  return [program(started, args.length > 0), ...(args.length > 0 ? [commandLine(args)] : [])].join(" ");
}

/** Returns the words that start this program with arguments, the way this process was started. */
export function programTyped(started: Started = here()): string {
  return program(started, true);
}

/**
 * Formats the command line as it was typed, with changes.
 *
 * @param more    arguments added at the end, where they override earlier ones
 * @param without flags that are left out together with their values
 */
export function typedCommand(
  more: readonly string[],
  without: readonly string[] = [],
  started: Started = here(),
): string {
  const kept: string[] = [];
  const typed = started.argv.slice(2);
  for (let at = 0; at < typed.length; at++) {
    const word = typed[at]!;
    if (without.includes(word)) at += 1;
    else if (!without.some((flag) => word.startsWith(`${flag}=`))) kept.push(word);
  }
  return memnetCommand([...kept, ...more], started);
}

function program({ env, argv, folder }: Started, hasArguments: boolean): string {
  if (env.npm_lifecycle_event === "start") return hasArguments ? "npm start --" : "npm start";
  if (env.npm_command === "exec") return "npx memnet";
  const path = argv[1] ?? "";
  if (basename(path) === "memnet" && programOnPath("memnet", env.PATH) !== null) return "memnet";
  const near = relative(folder, path);
  return `node ${commandLine([near.startsWith("..") ? path : near])}`;
}
