/** Runs one program to its end. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/**
 * Debian's mirror, npm's registry and a busy machine take minutes at most. A program that takes longer than this hangs.
 */
const deadlineMs = 8 * 60_000;
/** A build prints much. */
const outputBytesMax = 64 * 1024 * 1024;
const linesShown = 40;

export interface CommandOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Also returns stderr, after stdout. */
  readonly both?: boolean;
}

/**
 * @returns stdout without the last line's end
 * @throws with the program's last lines of output, if it fails
 */
export async function command(
  program: string,
  args: readonly string[],
  { env = process.env, both = false }: CommandOptions = {},
): Promise<string> {
  try {
    const { stdout, stderr } = await execute(program, args, {
      env,
      timeout: deadlineMs,
      maxBuffer: outputBytesMax,
      encoding: "utf8",
    });
    return (both ? stdout + stderr : stdout).replace(/\n$/, "");
  } catch (error) {
    const { code, signal, stdout = "", stderr = "" } = error as Failed;
    const said = `${stdout}\n${stderr}`.trim().split("\n").slice(-linesShown).join("\n");
    const what = [program, ...args].join(" ");
    throw new Error(`${what}\nended with ${code ?? signal}:\n${said}`, { cause: error });
  }
}

interface Failed {
  readonly code?: number | string;
  readonly signal?: string;
  readonly stdout?: string;
  readonly stderr?: string;
}
