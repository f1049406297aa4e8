/** The documents name files that exist: links in every Markdown file, and the paths in ARCHITECTURE.md. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const architecture = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
const folders = ["bench", "bin", "deploy", "docs", "examples", "libs", "page", "results", "services", "test"];

/** Markdown files, as paths from the root. */
function documents(): string[] {
  const top = readdirSync(root);
  const below = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
  );
  return [...top, ...below].filter((path) => path.endsWith(".md") && !path.includes("node_modules"));
}

function matches(text: string, pattern: RegExp): string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1]!);
}

/** A heading's fragment as GitHub makes it. */
function fragmentOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}

for (const path of documents()) {
  test(`${path} links to files and headings that exist`, () => {
    const links = matches(readFileSync(join(root, path), "utf8"), /\]\(([^)\s]+)\)/g);
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [file, fragment] = link.split("#") as [string, string | undefined];
      const target = file === "" ? join(root, path) : join(root, dirname(path), file);
      if (!existsSync(target)) return true;
      if (fragment === undefined) return false;
      return !matches(readFileSync(target, "utf8"), /^#+ (.+)$/gm)
        .map(fragmentOf)
        .includes(fragment);
    });
    assert.deepEqual(broken, []);
  });
}

test("ARCHITECTURE.md names paths that exist", () => {
  const paths = matches(architecture, /`([\w.-]+\/[\w./-]*)`/g);
  assert.ok(paths.length > 30);
  assert.deepEqual(
    paths.filter((path) => !existsSync(join(root, path))),
    [],
  );
});

test("ARCHITECTURE.md is short enough to be read in one go", () => {
  assert.ok(Buffer.byteLength(architecture) <= 10_000);
});
