/** The parts that reports share: the page, the frame of a chart, and the files. */

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { systemDisk } from "@memnet/service";
import type { EChartsOption } from "echarts";
import { html, raw } from "hono/html";
import { client } from "./assets.ts";
import { lightTheme } from "./shared/palette.ts";
import { svgText } from "./svg.ts";

type Html = ReturnType<typeof html>;

const widthDefault = 840;
const heightDefault = 320;

export interface ReportChart {
  /** Read by screen readers. */
  readonly title: string;
  readonly heading: string;
  readonly option: EChartsOption;
  /** The names in the legend. */
  readonly names: readonly string[];
  /** Whether the legend is below the heading, where it has room for more names, instead of beside it. */
  readonly below?: boolean;
  readonly width?: number;
  /** Without the legend's rows. */
  readonly height?: number;
}

const rowHeight = 24;
/** The width of a name's line and the gaps around it, and of a character. */
const [sampleWidth, characterWidth] = [54, 7.5];

/** Draws a chart in a frame, with its heading and legend. */
export function chartSvg(chart: ReportChart): string {
  const { title, heading, names, below = false, width = widthDefault, height: bare = heightDefault } = chart;
  // A tooltip answers a mouse, which a picture has not.
  const { tooltip: _, ...option } = chart.option;
  const rows = below ? rowsOf(names, width - 40) : 0;
  const height = bare + rows * rowHeight;
  const frame = { x: 0.5, y: 0.5, width: width - 1, height: height - 1, r: 8 };
  const style = { fill: lightTheme.ground, stroke: lightTheme.rule };
  return svgText({
    ...{ title, width, height },
    option: {
      ...option,
      grid: { left: 62, right: 26, top: 68 + rows * rowHeight, bottom: 36, outerBoundsMode: "none" },
      graphic: [{ type: "rect", z: -10, silent: true, shape: frame, style }],
      title: {
        text: heading,
        left: 18,
        top: 12,
        textStyle: { fontSize: 15, color: lightTheme.ink },
      },
      legend: {
        data: [...names],
        ...(below ? { left: 14, right: 20, top: 42 } : { right: 20, top: 13 }),
        ...{ itemWidth: 34, selectedMode: false },
        textStyle: { color: lightTheme.ink },
      },
    },
  });
}

function rowsOf(names: readonly string[], width: number): number {
  let [rows, used] = [1, 0];
  for (const { length } of names) {
    const needed = sampleWidth + length * characterWidth;
    if (used > 0 && used + needed > width) [rows, used] = [rows + 1, 0];
    used += needed;
  }
  return rows;
}

export function pictureFigure(svg: string): Html {
  const [, title = ""] = /<title>(.*?)<\/title>/.exec(svg) ?? [];
  return html`<figure class="picture" role="img" aria-label="${title}">${raw(svg)}</figure>`;
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
