/** Parses the command line of `npm run test:faults`. */

import { parseArgs } from "node:util";
import { UsageError } from "@memnet/terminal";
import { type PresetName, presetName, presets } from "memnet";
import { type Kind, kinds, localKinds } from "./draw.ts";

export interface Options {
  /** The length of the quiet run, after which the run with faults takes as many steps. */
  readonly minutes: number;
  /** The length of the quiet run if it is shorter; `minutes` is then that of the run with faults. */
  readonly quietMinutes: number;
  readonly everySeconds: number;
  /** The number of faults between two rests. */
  readonly inRow: number;
  readonly seed: number;
  readonly preset: PresetName;
  /** Whether to run one process and its launcher instead of a cluster. */
  readonly isLocal: boolean;
  readonly trainers: number;
  readonly checkpointEvery: number;
  readonly only: readonly Kind[];
  readonly json: string | null;
}

/** How much less time the run may need for its steps than the quiet one. */
const spareSeconds = 6;

export const help = `Does faults to a run of real processes, over nats-server or in one process, and holds its bits against a quiet run's.

  npm run test:faults -- [options]

  --minutes M          of the quiet run; the run with faults takes as many steps (default 4)
  --quiet-minutes M    of the quiet run, if less than --minutes, which are then those of the run with faults; the steps
                       after the quiet run's last are computed again by \`memnet verify\`
  --every-seconds S    from the beginning of one fault to the next (default 29)
  --in-row N           so many faults, then a rest of the same length (default 2)
  --seed N             which faults, in which order, how long (default 1)
  --only KIND          only faults of this kind; may be repeated. Kinds: ${kinds.join(", ")}
  --preset NAME        of ${Object.keys(presets).join(", ")} (default original-dnc-repeat-copy-fast)
  --local              the one process of \`memnet train\` and its launcher, in place of a cluster. Kinds:
                       ${localKinds.join(", ")}
  --trainers N         trainer processes, or trainers of the one process (default 3, with --local 1)
  --checkpoint-every N steps between checkpoints: a killed coordinator takes up to so many again (default 100)
  --json FILE          writes all figures there
  --help

Exit codes: 0 all bits agree and each step stands once, 1 not, or a process ended for no reason given to it, 2 bad usage.
A cluster's runs have a coordinator, an evaluator, a data-env and the trainers, each behind a TCP proxy where a kind of fault is
done by one (cut, stall, delay); nats-server must be on the PATH. All runs evaluate every 500 steps. The disk is filled
only where a tmpfs can be mounted (as root).
Progress lost by a fault: the seconds by which the run is behind its own pace of 10 undisturbed seconds before and after,
3 s after the fault's end (or when the next one begins), without the time in which the fault itself kept it from taking
steps; steps that are taken again count once. Throughput is counted from the first fault of a row to one interval after its
last, and told as a share of that in the rests before and after it, which are the same run without faults: a machine's pace
drifts by more from one run to another than faults cost. The first rest is longer by an interval, which does not count.
`;

/** @returns undefined if help was requested. @throws UsageError */
export function readOptions(args: readonly string[]): Options | undefined {
  const text = { type: "string" } as const;
  let values: ReturnType<typeof parse>;
  const parse = () =>
    parseArgs({
      args: [...args],
      options: {
        help: { type: "boolean", default: false },
        local: { type: "boolean", default: false },
        minutes: text,
        "quiet-minutes": text,
        "every-seconds": text,
        "in-row": text,
        seed: text,
        only: { type: "string", multiple: true },
        preset: text,
        trainers: text,
        "checkpoint-every": text,
        json: text,
      },
    }).values;
  try {
    values = parse();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  if (values.help) return undefined;
  const isLocal = values.local;
  const known = isLocal ? localKinds : kinds;
  const only = values.only ?? known;
  const unknown = only.find((kind) => !(known as readonly string[]).includes(kind));
  if (unknown !== undefined) {
    throw new UsageError(`--only must be one of ${known.join(", ")}, got ${JSON.stringify(unknown)}`);
  }
  const preset = presetName(values.preset ?? "original-dnc-repeat-copy-fast");
  const number = (name: keyof typeof values, otherwise: number, rule: NumberRule) =>
    numberOf(`--${name}`, (values[name] as string | undefined) ?? String(otherwise), rule);
  const minutes = number("minutes", 4, { above: 0, most: 1440 });
  const everySeconds = number("every-seconds", 29, { above: 0, most: 3600 });
  const inRow = number("in-row", 2, { whole: true, above: 0, most: 1000 });
  const leastMinutes = ((1 + 3 * inRow) * everySeconds + spareSeconds) / 60;
  if (minutes < leastMinutes) {
    throw new UsageError(
      `--minutes must be at least ${leastMinutes.toFixed(2)} for ${inRow} faults in a row at --every-seconds ${everySeconds}, got ${minutes}`,
    );
  }
  return {
    minutes,
    quietMinutes: number("quiet-minutes", minutes, { above: everySeconds / 60, most: minutes }),
    everySeconds,
    inRow,
    seed: number("seed", 1, { whole: true, above: -1, most: Number.MAX_SAFE_INTEGER }),
    preset,
    isLocal,
    trainers: number("trainers", isLocal ? 1 : 3, { whole: true, above: 0, most: 64 }),
    checkpointEvery: number("checkpoint-every", 100, { whole: true, above: 0, most: 1_000_000 }),
    only: only as readonly Kind[],
    json: values.json ?? null,
  };
}

interface NumberRule {
  readonly whole?: boolean;
  readonly above: number;
  readonly most: number;
}

/** @throws UsageError naming the flag, the rule and the value */
export function numberOf(flag: string, text: string, { whole = false, above, most }: NumberRule): number {
  const value = Number(text);
  if (text.trim() !== "" && value > above && value <= most && (!whole || Number.isSafeInteger(value)))
    return value;
  const kind = whole ? "a whole number" : "a number";
  throw new UsageError(
    `${flag} must be ${kind} above ${above}, at most ${most}, got ${JSON.stringify(text)}`,
  );
}
