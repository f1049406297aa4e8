/** What a sweep's command line and file ask for. */

import { UsageError } from "@memnet/terminal";
import * as z from "zod";
import { schemaOf } from "../configure/schema.ts";
import { type Axis, type Point, parseAxis, pointsOf } from "./grid.ts";
import { drawPoints, parseRange, type Range } from "./random.ts";

/** A value in a file; `--set` takes its text. */
const value = z.union([z.string(), z.number(), z.boolean(), z.tuple([z.number(), z.number()])]);

/** The part `sweep` of the file that `memnet sweep --config` reads; the rest are a run's settings. */
export const sweepFile = z.strictObject({
  name: z.string().optional().meta({ description: "The sweep's name; its runs are NAME-VALUES-seed-SEED." }),
  preset: z.string().optional().meta({ description: "The preset under the settings of this file." }),
  seeds: z.string().optional().meta({ description: "The seeds of each point: 1..3 or 1,5,9." }),
  grid: z
    .record(z.string(), z.array(value).min(1))
    .optional()
    .meta({ description: "Settings by path, each with its values; the sweep has all combinations." }),
  random: z
    .strictObject({
      points: z.int().min(1).meta({ description: "How many points to draw." }),
      seed: z.int().min(0).optional().meta({ description: "The seed of the draws, 1 if omitted." }),
      ranges: z.record(z.string(), z.string()).meta({
        description: "Settings by path, each with a range: 16..128, 0.1..0.9 or 1e-4..1e-2:log.",
      }),
    })
    .optional()
    .meta({ description: "Points drawn at random, each combined with all of the grid." }),
});
export type SweepFile = z.infer<typeof sweepFile>;

/** The JSON Schema of a sweep's file. */
export function sweepSchema() {
  const { $schema: _schema, ...sweep } = z.toJSONSchema(sweepFile);
  return schemaOf("A sweep of memnet", { sweep });
}

/** Takes a file's part `sweep` out of it. @throws UsageError naming the path, the rule and the value */
export function splitFile(json: unknown): { sweep: SweepFile; settings: unknown } {
  if (typeof json !== "object" || json === null || !("sweep" in json)) return { sweep: {}, settings: json };
  const { sweep, ...settings } = json as Record<string, unknown>;
  const parsed = sweepFile.safeParse(sweep);
  if (parsed.success) return { sweep: parsed.data, settings };
  const { path, message } = parsed.error.issues[0]!;
  throw new UsageError(`Cannot use this sweep: ${["sweep", ...path].join(".")}: ${message}`);
}

/** The command line's own part; it comes before the file's. */
export interface SweepFlags {
  readonly grid: readonly string[] | undefined;
  readonly random: number | undefined;
  readonly randomSeed: number | undefined;
  readonly range: readonly string[] | undefined;
}

/** Returns the points. A flag `--grid` or `--range` replaces the file's for the same setting. */
export function pointsFor(flags: SweepFlags, file: SweepFile): Point[] {
  const axes = merged(
    Object.entries(file.grid ?? {}).map(
      ([path, values]): Axis => parseAxis(`${path}=${values.map(textOf).join()}`),
    ),
    (flags.grid ?? []).map(parseAxis),
  );
  const ranges = merged(
    Object.entries(file.random?.ranges ?? {}).map(([path, range]): Range => parseRange(`${path}=${range}`)),
    (flags.range ?? []).map(parseRange),
  );
  const count = flags.random ?? file.random?.points ?? 0;
  if (count === 0 && ranges.length > 0)
    throw new UsageError("Cannot use --range without --random, which says how many points to draw");
  if (count > 0 && ranges.length === 0)
    throw new UsageError("Cannot use --random without --range, which says what to draw");
  return pointsOf(axes, drawPoints(ranges, count, flags.randomSeed ?? file.random?.seed ?? 1));
}

/** @throws UsageError if the flags name one setting twice */
function merged<One extends { readonly path: string }>(file: readonly One[], flags: readonly One[]): One[] {
  const paths = new Set(flags.map(({ path }) => path));
  return [...file.filter(({ path }) => !paths.has(path)), ...flags];
}

function textOf(written: z.infer<typeof value>): string {
  return Array.isArray(written) ? written.join("..") : String(written);
}
