/** The flags that choose an episode's sizes: `--size items=12`, and `--length` and `--repeats` for short. */

import { UsageError } from "@memnet/terminal";
import { type Command, Option } from "commander";
import { wholeOf } from "./flags.ts";

export interface SizeFlags {
  readonly length?: string;
  readonly repeats?: string;
  readonly size: readonly string[];
}

/** Longer sequences are too long to read, and their trace would not fit into memory. */
const sizeMax = 10_000;

/** @param whose the sizes if no flag names them, for the help text */
export function addSizes(command: Command, whose: string): Command {
  return command
    .addOption(
      new Option("--size <name=number>", "a size of the task, as items=12; repeatable")
        .argParser((text: string, before: string[]) => [...before, text])
        .default([], whose),
    )
    .option("--length <number>", "for --size length=<number>")
    .option("--repeats <number>", "for --size repeats=<number>");
}

/** @throws UsageError if a size is not a whole number */
export function sizesOf({ size, ...named }: SizeFlags): Record<string, number> {
  const sizes: Record<string, number> = {};
  for (const name of ["length", "repeats"] as const) {
    const text = named[name];
    if (text !== undefined) sizes[name] = wholeOf(`--${name}`, text, 1, sizeMax);
  }
  for (const assignment of size) {
    const [, name, text] = /^([A-Za-z]+)=(.*)$/.exec(assignment) ?? [];
    if (name === undefined || text === undefined) {
      throw new UsageError(
        `Cannot use --size: it must be NAME=NUMBER, as in items=12, got ${JSON.stringify(assignment)}`,
      );
    }
    sizes[name] = wholeOf(`--size ${name}`, text, 1, sizeMax);
  }
  return sizes;
}
