/** The points of a sweep: all combinations of the values of `--grid PATH=A,B,…`, each with every random point. Pure. */

import { sweepPointsMax } from "@memnet/protocol";
import { UsageError } from "@memnet/terminal";

/** One `--grid`. */
export interface Axis {
  readonly path: string;
  /** As `--set` takes them. */
  readonly values: readonly string[];
}

export interface Point {
  /** The settings that distinguish it, by path, as `--set` takes them; `preset` may be one. */
  readonly settings: Readonly<Record<string, string>>;
  /** A part of its runs' names; empty if there is one point without settings. */
  readonly label: string;
}

/** @throws UsageError stating the rule and the text */
export function parseAxis(text: string): Axis {
  const at = text.indexOf("=");
  const path = text.slice(0, at);
  if (at < 1) throw refusal("it must be PATH=VALUE,VALUE…, as in memory.slots=16,32", text);
  if (path === "seed") throw refusal("--seeds names the seeds", text);
  const values = split(text.slice(at + 1));
  if (values.includes("")) throw refusal("a value must not be empty", text);
  const again = values.find((value, index) => values.indexOf(value) !== index);
  if (again !== undefined) throw refusal(`it must name each value once, and has ${again} twice`, text);
  return { path, values };
}

/**
 * Returns all combinations; the random points change fastest, then the last axis. Grid values are part of a label; a
 * random point is r1, r2 …
 *
 * @param random the settings of each random point; empty if there are none
 * @throws UsageError if a setting occurs twice, there are too many points, or two of them would have the same name
 */
export function pointsOf(axes: readonly Axis[], random: readonly Point["settings"][] = []): Point[] {
  const paths = [...axes.map(({ path }) => path), ...Object.keys(random[0] ?? {})];
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined)
    throw new UsageError(`Cannot sweep: each setting must be varied once, and ${twice} is twice`);
  const count = axes.reduce((product, { values }) => product * values.length, Math.max(1, random.length));
  if (count > sweepPointsMax)
    throw new UsageError(`Cannot sweep: there must be at most ${sweepPointsMax} points, got ${count}`);
  const lists: Point[][] = axes.map(({ path, values }) =>
    values.map((value) => ({ settings: { [path]: value }, label: labelOf(value) })),
  );
  if (random.length > 0) lists.push(random.map((settings, at) => ({ settings, label: `r${at + 1}` })));
  const points = lists.reduce<Point[]>(
    (before, list) => before.flatMap((point) => list.map((one) => joined(point, one))),
    [{ settings: {}, label: "" }],
  );
  refuseSameNames(points);
  return points;
}

/** Returns what `--set` takes, one text for each setting. */
export function assignmentsOf({ settings }: Pick<Point, "settings">): string[] {
  return Object.entries(settings).map(([path, value]) => `${path}=${value}`);
}

function joined(a: Point, b: Point): Point {
  return {
    settings: { ...a.settings, ...b.settings },
    label: [a.label, b.label].filter(Boolean).join("-"),
  };
}

function refuseSameNames(points: readonly Point[]): void {
  const byLabel = new Map<string, Point>();
  for (const point of points) {
    const other = byLabel.get(point.label);
    if (other) {
      const both = `${assignmentsOf(other).join(" ")} and ${assignmentsOf(point).join(" ")}`;
      throw new UsageError(`Cannot sweep: two points would have the same name, ${point.label}: ${both}`);
    }
    byLabel.set(point.label, point);
  }
}

/** `1..20` → `1__20`: letters, digits and `-` stay. */
function labelOf(value: string): string {
  return value.replaceAll(/[^A-Za-z0-9-]/g, "_");
}

/** Splits at commas that are not within brackets or braces. */
function split(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const letter of text) {
    if ("[{".includes(letter)) depth++;
    if ("]}".includes(letter)) depth--;
    if (letter === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += letter;
  }
  return parts.map((part) => part.trim());
}

function refusal(rule: string, text: string): UsageError {
  return new UsageError(`Cannot use --grid: ${rule}, got ${JSON.stringify(text)}`);
}
