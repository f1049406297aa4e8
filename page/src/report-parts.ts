/** The parts that reports share: the page, the frame of a chart, and the files. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemDisk } from "@memnet/service/disk";
import { html, raw } from "hono/html";
import { client } from "./assets.ts";
import type { ModelDetails } from "./shared/api.ts";
import { chartPicture, type FramedChart } from "./shared/chart-picture.ts";
import { svgText } from "./shared/svg.ts";
import { whole } from "./shared/text.ts";

type Html = ReturnType<typeof html>;

/** Draws a chart in a frame, with its heading and legend. */
export function chartSvg(chart: FramedChart): string {
  return svgText(chartPicture(chart));
}

/**
 * Shows a picture in a page.
 *
 * @param name unique in the page
 */
export function pictureFigure(svg: string, name: string): Html {
  const [, title = ""] = /<title>(.*?)<\/title>/.exec(svg) ?? [];
  // Each picture counts its clip paths from 0, and in a page the first of a name would hold for all.
  const own = svg.replace(/(\bid="|url\(#)(c\d+)\b/g, `$1${name.replace(/\W/g, "_")}-$2`);
  return html`<div class="scroll" tabindex="0" role="group"><figure class="picture" role="img" aria-label="${title}">${raw(own)}</figure></div>`;
}

/** The parts of a model, and how many parameters each has. */
export function architectureTable({ parts, parameters }: ModelDetails): Html {
  return html`<table><thead><tr><th scope="col">Part</th><th scope="col">What it does</th><th scope="col" class="number">Parameters</th></tr></thead>
<tbody>${[...parts, { part: "total", detail: "", parameters }].map(
    (one) =>
      html`<tr><th scope="row">${one.part}</th><td>${one.detail}</td><td class="number">${one.parameters > 0 ? whole(one.parameters) : ""}</td></tr>`,
  )}</tbody></table>`;
}

/** Returns a page that needs no server and sends no requests. */
export async function reportPage(title: string, body: Html): Promise<string> {
  const style = await readFile(new URL("style.css", client), "utf8");
  return String(
    await html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${title} · memnet</title>
<style>${raw(style)}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`,
  );
}

/** Writes the files, by name, into a folder that is created if missing. @returns their paths */
export async function writeFiles(folder: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  await systemDisk.mkdir(folder);
  for (const [name, text] of files) await writeFile(join(folder, name), text);
  return [...files.keys()].map((name) => join(folder, name));
}
