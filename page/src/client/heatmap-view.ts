/** Draws heatmaps on canvases with one pixel per number; the style sheet enlarges them. */

import { rowsText, type Still, type Strip } from "../shared/episode.ts";
import { pixels, type Scale, signedScale, unitScale } from "../shared/heatmap.ts";
import { element } from "./dom.ts";
import { theme } from "./theme.ts";

/**
 * Returns a strip's height in pixels: 14 a row up to a total of 70, more if rows would get less than 3, and at most
 * 150.
 */
function heightOf(rows: number): number {
  return Math.round(Math.min(150, Math.max(rows * 3, Math.min(rows * 14, 70))));
}

export function stripView(strip: Strip, times: number): HTMLElement {
  const canvas = painted(strip.rows, times, (row, time) => strip.value(row, time), scaleOf(strip));
  canvas.setAttribute(
    "aria-label",
    `${strip.title}: ${strip.rows} rows, a ${strip.rowName} each, over ${times} times`,
  );
  canvas.style.height = `${heightOf(strip.rows)}px`;
  return element(
    "figure",
    { class: "strip" },
    element("figcaption", {}, strip.title, element("span", { class: "of" }, ` ${rowsText(strip)}`)),
    canvas,
  );
}

export function paintStill(canvas: HTMLCanvasElement, still: Still, time: number): void {
  const scale = scaleOf(still);
  paint(canvas, still.rows, still.columns, (row, column) => still.value(time, row, column), scale);
  canvas.setAttribute("aria-label", `${still.title} at time ${time + 1}: ${still.about}`);
}

export function blank(): HTMLCanvasElement {
  return element("canvas", { role: "img" });
}

function scaleOf({ kind, most }: Pick<Strip, "kind" | "most">): Scale {
  return kind === "unit" ? unitScale(theme()) : signedScale(theme(), most || 1);
}

function painted(
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
  scale: Scale,
): HTMLCanvasElement {
  const canvas = blank();
  paint(canvas, rows, columns, value, scale);
  return canvas;
}

function paint(
  canvas: HTMLCanvasElement,
  rows: number,
  columns: number,
  value: (row: number, column: number) => number,
  scale: Scale,
): void {
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(pixels(rows, columns, value, scale), columns, rows);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

/** Returns a colour scale with numbers at its ends. */
export function scaleView(kind: "unit" | "signed", most: number): HTMLElement {
  const scale = scaleOf({ kind, most });
  const canvas = blank();
  canvas.className = "key";
  canvas.setAttribute("aria-hidden", "true");
  paint(canvas, 1, 64, (_, column) => scale.lo + ((scale.hi - scale.lo) * column) / 63, scale);
  const end = (value: number) => String(Number(value.toPrecision(2)));
  return element("span", { class: "scale" }, end(scale.lo), canvas, end(scale.hi));
}
