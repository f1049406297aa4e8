/** Names of runs: MACHINE_TIMESTAMP, as in the original. */

/** A host name has at most 64 characters on Linux; a DNS name has at most 253. */
export const machineCharactersMax = 255;

/**
 * A run's name has at most 64 characters: 13 for _yymmddhhmmss, 5 for a suffix up to -9999, the rest for the machine.
 */
const shownCharactersMax = 46;

/**
 * Returns the first free name: MACHINE_yymmddhhmmss in UTC, or that name with the suffix -2, -3 …
 *
 * @param wallMs UTC milliseconds since 1970
 * @param taken  the names already in the runs folder
 */
export function newRunName(machine: string, wallMs: number, taken: ReadonlySet<string>): string {
  const cleaned = machine
    .replace(/[^A-Za-z0-9_-]/g, "-")
    .replace(/^-+/, "")
    .slice(0, shownCharactersMax);
  const base = `${cleaned || "machine"}_${timestamp(wallMs)}`;
  let name = base;
  for (let suffix = 2; taken.has(name); suffix++) name = `${base}-${suffix}`;
  return name;
}

/** Returns the name of the run from one of several seeds. */
export function seedRunName(run: string, seed: number): string {
  return `${run}-seed-${seed}`;
}

/** Formats UTC as yymmddhhmmss. */
function timestamp(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/\D/g, "").slice(2, 14);
}
