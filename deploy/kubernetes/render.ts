/** Renders the manifests with `kubectl kustomize`. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const kubernetes = fileURLToPath(new URL(".", import.meta.url));

/** Renders an overlay as a user has it, in another folder. @param lines in which KUBERNETES stands for this folder */
export function renderedOwn(lines: string, files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "memnet-overlay-"));
  try {
    const own = lines.replaceAll("KUBERNETES", relative(folder, kubernetes));
    const all = { ...files, "kustomization.yaml": own };
    for (const [name, text] of Object.entries(all)) writeFileSync(join(folder, name), text);
    return rendered(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @throws if kubectl refuses the folder */
export function rendered(folder: string): string {
  const { status, stdout, stderr, error } = spawnSync("kubectl", ["kustomize", folder], {
    cwd: kubernetes,
    // It ends before it would run out of memory, and collecting garbage takes two fifths of its time.
    env: { ...process.env, GOGC: "off" },
    encoding: "utf8",
    maxBuffer: 2 ** 24,
  });
  if (status !== 0) throw new Error(`kubectl kustomize ${folder}: ${error ?? stderr}`);
  return stdout;
}
