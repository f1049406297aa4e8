/** Collects the licences of the packages whose code a bundle holds: most ask that their text goes with every copy. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const licenceFile = /^(licen[cs]e|copying|notice)([.-]|$)/i;

/**
 * Returns the text of NOTICES.txt.
 *
 * @param root   the folder that the inputs' paths begin at
 * @param inputs the files that were bundled; those outside node_modules are memnet's own
 * @throws Error if a package has no licence text
 */
export function noticesOf(root: string, inputs: Iterable<string>): string {
  const folders = new Set<string>();
  for (const path of inputs) {
    const folder = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0];
    if (folder) folders.add(folder);
  }
  const notices = [...folders].map((folder) => noticeOf(join(root, folder)));
  const head = "memnet contains code of these packages, each under the licence that follows its name.\n";
  return [head, ...new Set(notices.sort())].join(`\n${"-".repeat(80)}\n\n`);
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = readdirSync(folder).filter((file) => licenceFile.test(file));
  if (files.length === 0) throw new Error(`Cannot publish ${name} ${version}: it must have a licence file`);
  const texts = files.sort().map((file) => readFileSync(join(folder, file), "utf8").trim());
  return `${name} ${version} (${license})\n\n${texts.join("\n\n")}\n`;
}
