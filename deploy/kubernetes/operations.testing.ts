/** Extracts the commands of docs/operations.md, so that tests run exactly what readers copy. */

import { readFileSync } from "node:fs";

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

/** What the commands write to a file, one after the other, as a shell would. @param values the reader's variables */
export function written(path: string, values: Readonly<Record<string, string>>): string {
  const all = commands.join("").matchAll(/cat >(>?)(\S+) <<END\n(.*?)^END$/gms);
  let text = "";
  for (const [, appends, file, more] of all) if (file === path) text = (appends ? text : "") + more;
  return text.replaceAll(/\$(\w+)/g, (whole, name: string) => values[name] ?? whole);
}
