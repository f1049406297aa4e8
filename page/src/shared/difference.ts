/** Compares two configurations, setting by setting. Pure. */

export interface Difference {
  readonly path: string;
  /** The values as text; empty if a configuration lacks the setting. */
  readonly one: string;
  readonly other: string;
}

/** Returns the settings that differ, in the order of the first configuration. */
export function differencesOf(one: unknown, other: unknown): Difference[] {
  const [a, b] = [new Map(leavesOf(one)), new Map(leavesOf(other))];
  return [...new Set([...a.keys(), ...b.keys()])]
    .map((path) => ({ path, one: a.get(path) ?? "", other: b.get(path) ?? "" }))
    .filter((row) => row.one !== row.other);
}

/** Returns every setting by its path, such as memory.slots. */
export function leavesOf(value: unknown, path = ""): [path: string, text: string][] {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).flatMap(([name, inner]) => leavesOf(inner, path ? `${path}.${name}` : name));
  }
  return [[path, leafText(value)]];
}

function leafText(value: unknown): string {
  if (!Array.isArray(value)) return String(value ?? "none");
  if (value.length === 0) return "none";
  const isPlain = value.every((one) => typeof one !== "object");
  return isPlain ? value.join(" … ") : JSON.stringify(value);
}
