/** Draws heatmaps on canvases with one pixel per number, which the style sheet enlarges; and names rows and columns. */

import { type Colours, painter, pixels, type Rgb, scaleOf } from "../shared/heatmap.ts";
import { labels, rowLabels } from "../shared/labels.ts";
import { meanings } from "../shared/meanings.ts";
import type { Still } from "../shared/stills.ts";
import { rowHeight, rowsText, type Strip, shortNumber } from "../shared/strip.ts";
import { element } from "./dom.ts";
import { theme } from "./theme.ts";

/** A heatmap on the page. */
export interface HeatmapView {
  readonly root: HTMLElement;
  readonly canvas: HTMLCanvasElement;
}

export function stripView(strip: Strip, times: number): HeatmapView {
  const canvas = heatmap();
  const colour = painter(theme(), strip.colours);
  const rows = strip.names.length;
  paint(canvas, rows, times, (row, time) => colour(strip.value(row, time), strip.second?.(row, time) ?? 0));
  canvas.setAttribute("aria-label", `${strip.title}: ${rowsText(strip)}, over ${times} times`);
  const height = rowHeight(strip);
  canvas.style.height = `${rows * height}px`;
  const root = element(
    "figure",
    { class: "strip" },
    caption(strip.title, rowsText(strip), strip.colours),
    element("p", { class: "meaning" }, meanings[strip.kind]),
    element("div", { class: "plot" }, rowNames(strip, height), canvas),
  );
  return { root, canvas };
}

/** @returns a view whose canvas is blank until `paintStill` */
export function stillView(still: Still): HeatmapView {
  const canvas = heatmap();
  const height = rowHeight({ rowName: "slot", names: still.rows });
  const isLink = still.kind === "link";
  const root = element(
    "figure",
    { class: `still still-${still.kind}` },
    caption(still.title, still.about, still.colours),
    element("p", { class: "meaning" }, meanings[still.kind]),
    element("div", { class: "axis-name" }, isLink ? "to slot ↓" : "slot"),
    isLink ? linkPlot(still, canvas, height) : memoryPlot(still, canvas, height),
    ...(isLink ? [element("div", { class: "axis-name from" }, "from slot →")] : []),
  );
  return { root, canvas };
}

function memoryPlot({ rows }: Still, canvas: HTMLCanvasElement, height: number): HTMLElement {
  canvas.style.height = `${rows.length * height}px`;
  const marks = element("div", { class: "marks", "aria-hidden": "true" });
  const marked = element("div", { class: "marked" }, canvas, marks);
  return element("div", { class: "plot" }, rowNames({ names: rows }, height), marked);
}

/** Links are square and as wide as there is room; those of many slots scroll. */
function linkPlot({ rows, columns, title }: Still, canvas: HTMLCanvasElement, height: number): HTMLElement {
  const plot = element("div", { class: "plot" }, rowNames({ names: rows }, height), canvas);
  const below = columnNames(columns);
  plot.style.minWidth = `calc(var(--gutter) + ${rows.length * height}px)`;
  below.style.minWidth = `${rows.length * height}px`;
  const region = { class: "scroll", tabindex: 0, role: "region", "aria-label": title };
  return element("div", region, plot, below);
}

export function paintStill(canvas: HTMLCanvasElement, still: Still, time: number): void {
  const colour = painter(theme(), still.colours);
  const value = (row: number, column: number) => colour(still.value(time, row, column), 0);
  paint(canvas, still.rows.length, still.columns.length, value);
  canvas.setAttribute("aria-label", `${still.title} at time ${time + 1}: ${still.about}`);
}

/** Returns the row and column below the pointer; null if there is none. */
export function cellAt(canvas: HTMLCanvasElement, event: MouseEvent): { row: number; column: number } | null {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const column = Math.floor(((event.clientX - left) / width) * canvas.width);
  const row = Math.floor(((event.clientY - top) / height) * canvas.height);
  return row >= 0 && row < canvas.height && column >= 0 && column < canvas.width ? { row, column } : null;
}

function heatmap(): HTMLCanvasElement {
  return element("canvas", { role: "img" });
}

function paint(
  canvas: HTMLCanvasElement,
  rows: number,
  columns: number,
  colour: (row: number, column: number) => Rgb,
): void {
  canvas.width = columns;
  canvas.height = rows;
  const image = new ImageData(pixels(rows, columns, colour), columns, rows);
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}

function caption(title: string, about: string, colours: Colours): HTMLElement {
  return element("figcaption", {}, title, element("span", { class: "of" }, ` ${about} `), key(colours));
}

/** Returns a colour scale with numbers at its ends, or the two colours of a pair with their names. */
function key(colours: Colours): HTMLElement {
  const colour = painter(theme(), colours);
  if (colours.kind === "pair") {
    const [first, second] = colours.names;
    return element(
      "span",
      { class: "scale" },
      ...[swatch(colour(1, 0)), first, swatch(colour(0, 1)), second, swatch(colour(1, 1)), "both"],
    );
  }
  const { lo, hi } = scaleOf(theme(), colours);
  const shown = (column: number) => colour(lo + ((hi - lo) * column) / 63, 0);
  const end = (value: number) => shortNumber(Number(value.toPrecision(2)));
  return element("span", { class: "scale" }, end(lo), keyCanvas(64, shown), end(hi));
}

function swatch(colour: Rgb): HTMLCanvasElement {
  const canvas = keyCanvas(1, () => colour);
  canvas.className = "dot";
  return canvas;
}

function keyCanvas(columns: number, colour: (column: number) => Rgb): HTMLCanvasElement {
  const canvas = element("canvas", { class: "key", "aria-hidden": "true" });
  paint(canvas, 1, columns, (_, column) => colour(column));
  return canvas;
}

/** Returns the names of rows beside a heatmap. */
function rowNames(rows: Pick<Strip, "names" | "flags">, height: number): HTMLElement {
  const count = rows.names.length;
  const spans = rowLabels(rows, height).map(({ text, from, end }) => {
    const span = element("span", { class: end - from > 1 ? "row group" : "row" }, text);
    span.style.top = `${(from / count) * 100}%`;
    span.style.height = `${((end - from) / count) * 100}%`;
    return span;
  });
  return element("div", { class: "rows", "aria-hidden": "true" }, ...spans);
}

const columnNamesMax = 8;

function columnNames(names: readonly string[]): HTMLElement {
  const count = names.length;
  const spans = labels(names, count / columnNamesMax).map(({ text, from }) => {
    const span = element("span", { class: "tick" }, text);
    span.style.left = `${(from / count) * 100}%`;
    span.style.width = `${100 / count}%`;
    return span;
  });
  return element("div", { class: "ticks columns-named", "aria-hidden": "true" }, ...spans);
}
