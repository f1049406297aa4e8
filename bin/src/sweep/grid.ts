/** The points of a sweep: all combinations of the values that `--grid PATH=A,B,…` gives for settings. Pure. */

import { UsageError } from "@memnet/terminal";

/** One `--grid`. */
export interface Axis {
  readonly path: string;
  /** As `--set` takes them. */
  readonly values: readonly string[];
}

export interface Point {
  /** What `--set` takes, one for each axis. */
  readonly assignments: readonly string[];
  /** The values in a form that a run's name may contain; empty if there is no axis. */
  readonly label: string;
}

/** A bound on the runs of one command, since all of them are configured before the first begins. */
const pointsMax = 1000;

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
 * Returns all combinations; the last axis changes fastest.
 *
 * @throws UsageError if a setting has two axes, there are too many points, or two of them would have the same name
 */
export function pointsOf(axes: readonly Axis[]): Point[] {
  const paths = axes.map(({ path }) => path);
  const twice = paths.find((path, index) => paths.indexOf(path) !== index);
  if (twice !== undefined)
    throw new UsageError(`Cannot use --grid: it must name each setting once, got ${twice} twice`);
  const count = axes.reduce((product, { values }) => product * values.length, 1);
  if (count > pointsMax)
    throw new UsageError(`Cannot use --grid: a sweep has at most ${pointsMax} points, got ${count}`);
  const combinations = axes.reduce<string[][]>(
    (before, { values }) => before.flatMap((point) => values.map((value) => [...point, value])),
    [[]],
  );
  const points = combinations.map((values) => ({
    assignments: values.map((value, axis) => `${paths[axis]}=${value}`),
    label: values.map(labelOf).join("-"),
  }));
  const byLabel = new Map<string, Point>();
  for (const point of points) {
    const other = byLabel.get(point.label);
    if (other) {
      const both = `${other.assignments.join(" ")} and ${point.assignments.join(" ")}`;
      throw new UsageError(`Cannot use --grid: two points would have the same name, ${point.label}: ${both}`);
    }
    byLabel.set(point.label, point);
  }
  return points;
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
