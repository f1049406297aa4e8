/** Bundles test files, so that a process of tests starts in a third of the time that it needs to load every source. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

/** Left out: packages that look for files beside themselves. */
const external = ["@tensorflow/*", "esbuild", "playwright-core", "tsx", "webgpu"];

/** Where a module in a bundle finds the address of its source. */
const address = "$address";

/** Tells each module the address of its source, beside which it looks for files. */
const addresses: Plugin = {
  name: "addresses",
  setup({ onLoad }) {
    onLoad({ filter: /\.[jt]s$/ }, async ({ path }) => {
      if (/[/\\]node_modules[/\\]/.test(path)) return undefined;
      const text = await readFile(path, "utf8");
      if (!text.includes("import.meta.url")) return undefined;
      // In the first line, so that errors name the right ones.
      const declared = `const ${address} = ${JSON.stringify(pathToFileURL(path).href)};`;
      return { loader: "ts", contents: `${declared} ${text}` };
    });
  },
};

/**
 * Makes a script of each group of test files, which runs their tests one after another. The scripts and what they share
 * lie in `folder`, with source maps.
 *
 * @param root   the repository
 * @param folder somewhere in it, since the packages left out are looked for from there
 * @returns the scripts' paths, in the order of the groups
 */
export async function bundleTests(
  root: string,
  groups: readonly (readonly string[])[],
  folder: string,
): Promise<string[]> {
  const names = groups.map((_, number) => `group-${number}`);
  const imports = (group: readonly string[]) =>
    group.map((file) => `import ${JSON.stringify(join(root, file))};\n`).join("");
  const entries: Plugin = {
    name: "entries",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^group-\d+$/ }, ({ path }) => ({ path, namespace: "groups" }));
      onLoad({ filter: /^/, namespace: "groups" }, ({ path }) => ({
        contents: imports(groups[names.indexOf(path)]!),
        resolveDir: root,
      }));
    },
  };
  await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => ({ in: name, out: name })),
    outdir: folder,
    plugins: [entries, addresses],
    external,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    keepNames: true,
    // A package may say that importing it has no effect, but its tests run by being imported.
    ignoreAnnotations: true,
    define: { "import.meta.url": address },
    // CommonJS packages call this `require` for Node.js's own modules.
    banner: {
      js: "import{createRequire as $createRequire}from'node:module';const require=$createRequire(import.meta.url);",
    },
    sourcemap: "linked",
    sourcesContent: false,
    logLevel: "warning",
  });
  return names.map((name) => join(folder, `${name}.js`));
}
