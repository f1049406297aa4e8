/** Extracts the commands of docs/operations.md, so that tests run exactly what readers copy. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const operations = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");

/** The blocks of shell commands. */
const commands: readonly string[] = [...operations.matchAll(/^```sh\n(.*?)^```$/gms)].map(
  ([, text]) => text!,
);

/** The command that makes the passwords. */
export function secretCommand(): string {
  const [command, ...more] = commands.filter((text) => text.includes("create secret"));
  if (command === undefined || more.length > 0) throw new Error("One command must make the Secret");
  return command.trim();
}

/**
 * What the commands write to a file, one after the other, as a shell does it.
 *
 * @param values the reader's variables
 */
export function written(path: string, values: Readonly<Record<string, string>>): string {
  const edits = /^(?:mkdir -p \S+ && )?cat >>?\S+ <<END\n.*?^END$|^sed -i [^\n]*$/gms;
  const script = (commands.join("").match(edits) ?? []).join("\n");
  const folder = mkdtempSync(join(tmpdir(), "memnet-operations-"));
  try {
    execFileSync("sh", ["-euc", script], { cwd: folder, env: { ...process.env, ...values } });
    return readFileSync(join(folder, path), "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
