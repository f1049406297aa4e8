/** The files that the page loads: its script, style sheet and icon. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { scriptName, scriptOptions } from "./script.js";

export interface Asset {
  readonly type: string;
  readonly body: string;
}

export interface Assets {
  /** @returns undefined if there is no file of that name */
  get(name: string): Promise<Asset | undefined>;
}

/** The folder of the page's own files; in a bundle they lie beside this one. */
export const client = new URL(import.meta.url.endsWith(".ts") ? "./client/" : "./", import.meta.url);

export function clientAssets(): Assets {
  const made: Readonly<Record<string, () => Promise<Asset>>> = {
    "main.js": async () => ({ type: "text/javascript; charset=utf-8", body: await script() }),
    "style.css": () => file("style.css", "text/css; charset=utf-8"),
    "icon.svg": () => file("icon.svg", "image/svg+xml"),
  };
  const kept = new Map<string, Promise<Asset>>();
  return {
    async get(name) {
      const make = Object.hasOwn(made, name) ? made[name] : undefined;
      if (!make) return undefined;
      const asset = kept.get(name) ?? make();
      kept.set(name, asset);
      // If the file could not be made, the next request tries again.
      asset.catch(() => kept.delete(name));
      return asset;
    },
  };
}

async function file(name: string, type: string): Promise<Asset> {
  return { type, body: await readFile(new URL(name, client), "utf8") };
}

/** Returns the script that was bundled with the program, or bundles it if the program runs from its sources. */
async function script(): Promise<string> {
  const made = await readFile(new URL(`./${scriptName}`, import.meta.url), "utf8").catch(() => undefined);
  return made ?? bundled();
}

async function bundled(): Promise<string> {
  const { build } = await import("esbuild");
  const entryPoints = [fileURLToPath(new URL("main.ts", client))];
  const { outputFiles } = await build({ ...scriptOptions, entryPoints, write: false });
  return outputFiles![0]!.text;
}
