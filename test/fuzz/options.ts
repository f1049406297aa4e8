/** Parses the command line of `npm run test:fuzz`. */

import { parseArgs } from "node:util";
import { UsageError } from "@memnet/terminal";

export interface Options {
  readonly seed: number;
  /** The number of the first message. */
  readonly from: number;
  readonly messages: number;
  /** Ends after so many minutes, whatever is left; null for no limit. */
  readonly minutes: number | null;
}

export const help = `Sends damaged messages, files and requests to the real services in one process: every subject and decoder, values of
every kind in every field, lengths that lie, files of a runs folder, requests to the page. No actor may end or fall
silent, the event loop may not stop, memory may not grow, and each message that cannot be read must be counted by reason.

  npm run test:fuzz -- [options]

  --messages N   how many (default 100000)
  --seed S       which ones (default 1)
  --from N       the number of the first one, to repeat a failure (default 0)
  --minutes M    ends after M minutes
  --help

Exit codes: 0 all held, 1 not, 2 bad usage.
`;

/** @returns undefined if help was requested. @throws UsageError */
export function readOptions(args: readonly string[]): Options | undefined {
  const text = { type: "string" } as const;
  let values: { messages?: string; seed?: string; from?: string; minutes?: string; help?: boolean };
  try {
    const options = {
      messages: text,
      seed: text,
      from: text,
      minutes: text,
      help: { type: "boolean" },
    } as const;
    ({ values } = parseArgs({ args: [...args], options }));
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help) return undefined;
  return {
    messages: whole("--messages", values.messages ?? "100000", 1),
    seed: whole("--seed", values.seed ?? "1", 0),
    from: whole("--from", values.from ?? "0", 0),
    minutes: values.minutes === undefined ? null : whole("--minutes", values.minutes, 1),
  };
}

function whole(flag: string, value: string, least: number): number {
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number < 2 ** 31) return number;
  throw new UsageError(`${flag} must be a whole number from ${least} to ${2 ** 31 - 1}, got ${value}`);
}
