/** The files that the page loads: its scripts, style sheet and icon. */

import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { bundleOf } from "@memnet/service";
import { scriptOptions, scriptPattern } from "./script.js";

export interface Asset {
  readonly type: string;
  readonly body: string;
  /** Whether another file would have another name, since a hash of the contents is part of it. */
  readonly isFixed: boolean;
}

export interface Assets {
  /** @returns undefined if there is no file of that name */
  get(name: string): Promise<Asset | undefined>;
  /**
   * Returns the scripts that a page loads beside the entry, so that a browser asks for all of them at once.
   *
   * @param view the file in client/ that shows the page
   */
  scriptsOf(view: string): Promise<readonly string[]>;
}

const bundle = bundleOf(import.meta.url);

/** The folder of the page's own files. */
export const client = bundle ?? new URL("./client/", import.meta.url);

const types: Readonly<Record<string, string>> = {
  "style.css": "text/css; charset=utf-8",
  "icon.svg": "image/svg+xml",
};

/** The one script whose name has no hash. */
const entry = "page-main.js";

/** The scripts of every page of this process, once one was asked for. */
let scripts: Promise<Scripts> | undefined;

function allScripts(): Promise<Scripts> {
  scripts ??= bundle ? scriptsIn(bundle) : bundledScripts();
  // If they could not be read, the next request tries again.
  scripts.catch(() => {
    scripts = undefined;
  });
  return scripts;
}

export function clientAssets(): Assets {
  const files = new Map<string, Promise<string>>();
  return {
    async get(name) {
      if (Object.hasOwn(types, name)) {
        const body = files.get(name) ?? readFile(new URL(name, client), "utf8");
        files.set(name, body);
        // If the file could not be read, the next request tries again.
        body.catch(() => files.delete(name));
        return { type: types[name]!, body: await body, isFixed: false };
      }
      if (!scriptPattern.test(name)) return undefined;
      const body = (await allScripts()).get(name);
      if (body === undefined) return undefined;
      return { type: "text/javascript; charset=utf-8", body, isFixed: name !== entry };
    },
    async scriptsOf(view) {
      // A page that waits for the bundler should show that.
      if (!bundle && !scripts) return [];
      return scriptsOf(view, await allScripts());
    },
  };
}

/** The texts of the scripts by name. */
type Scripts = ReadonlyMap<string, string>;

function scriptsOf(view: string, scripts: Scripts): string[] {
  const first = [...scripts.keys()].filter((name) => name.startsWith(`page-${view}-`));
  const needed = new Set([...importsOf(scripts.get(entry) ?? ""), ...first]);
  for (const name of needed) for (const more of importsOf(scripts.get(name) ?? "")) needed.add(more);
  return [...needed];
}

/** Returns the scripts that a minified script imports, without those that it loads when they are needed. */
function importsOf(text: string): string[] {
  return [...text.matchAll(/(?:from|import)"\.\/(page-[\w-]+\.js)"/g)].map(([, name]) => name!);
}

/** Reads the scripts in the program's bundle. */
export async function scriptsIn(folder: URL): Promise<Scripts> {
  const names = (await readdir(folder)).filter((name) => scriptPattern.test(name));
  const made = names.map(async (name) => [name, await readFile(new URL(name, folder), "utf8")] as const);
  return new Map(await Promise.all(made));
}

/** Bundles the scripts, for a program that runs from its sources. */
export async function bundledScripts(): Promise<Scripts> {
  const { build } = await import("esbuild");
  const entryPoints = [fileURLToPath(new URL("./client/main.ts", import.meta.url))];
  const { outputFiles } = await build({ ...scriptOptions, entryPoints, write: false });
  return new Map(outputFiles!.map(({ path, text }) => [basename(path), text]));
}
