/** Reads and writes docs/results, which has a folder for each preset with two files for each seed. */

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { presetNames } from "./presets.ts";
import { parseRecord, type Result, recordText } from "./record.ts";
import { csvText, parseCsv } from "./rows.ts";

export const resultsFolder = fileURLToPath(new URL("../docs/results", import.meta.url));

/** Texts by their paths within the folder. */
export type Files = ReadonlyMap<string, string>;

export function resultFiles(result: Result): Files {
  const { preset, seed } = result.record;
  const path = `${preset}/seed-${seed}`;
  return new Map([
    [`${path}.csv`, csvText(result.rows)],
    [`${path}.json`, recordText(result.record)],
  ]);
}

export function writeFiles(folder: string, files: Files): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/**
 * Reads every result of the folder, in the order of presets and seeds.
 *
 * @throws RangeError naming a file that is not as it was written, or that is in the place of another
 */
export function readResults(folder: string): Result[] {
  return presetNames.flatMap((preset) => {
    const names = existsSync(join(folder, preset)) ? readdirSync(join(folder, preset)) : [];
    return names
      .flatMap((name) => /^seed-(\d+)\.json$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
      .map((seed) => {
        const path = join(folder, preset, `seed-${seed}`);
        const record = parseRecord(readFileSync(`${path}.json`, "utf8"), `${path}.json`);
        if (record.preset !== preset || record.seed !== seed) {
          throw new RangeError(
            `Cannot read ${path}.json: it must be ${preset} with seed ${seed}, got ${record.preset} with seed ${record.seed}`,
          );
        }
        return { record, rows: parseCsv(readFileSync(`${path}.csv`, "utf8"), `${path}.csv`) };
      });
  });
}
