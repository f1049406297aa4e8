/** A new run's name: MACHINE_TIMESTAMP, as in the original. */

/** A run's name has at most 64 characters: 13 for the timestamp, 5 for a suffix up to -9999. */
const machineCharactersMax = 64 - 13 - 5;

/**
 * @param machine letters, digits, '-' and '_'
 * @param now     UTC
 * @param taken   whether there is a run of that name
 */
export function newRunName(machine: string, now: Date, taken: (name: string) => boolean): string {
  const stamp = now.toISOString().replace(/\D/g, "").slice(2, 14);
  const name = `${machine.slice(0, machineCharactersMax)}_${stamp}`;
  if (!taken(name)) return name;
  for (let next = 2; ; next++) {
    if (!taken(`${name}-${next}`)) return `${name}-${next}`;
  }
}
