/** The type of `define`, which each file in commands/ exports. */

import type { Command } from "commander";

/** Gives a command its options, arguments, help and action; the action's result is the exit code. */
export type Define = (command: Command, finish: (code: number) => void) => void;
