/** Draws heatmaps on canvases with one pixel per number, which the style sheet enlarges; and names rows and columns. */

import { type Colours, painter, pixels, type Rgb, scaleOf } from "../shared/heatmap.ts";
import { meanings } from "../shared/meanings.ts";
import { roundAbove } from "../shared/phases.ts";
import type { Still } from "../shared/stills.ts";
import { rowHeight, rowsText, type Strip, shortNumber } from "../shared/strip.ts";
import { element } from "./dom.ts";
import { theme } from "./theme.ts";

/** A heatmap on the page. */
export interface HeatmapView {
  readonly root: HTMLElement;
  readonly canvas: HTMLCanvasElement;
}

/** The least distance between two names of rows, in pixels. */
const labelApart = 11;

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
    element("div", { class: "plot" }, rowLabels(strip.names, height, strip.flags), canvas),
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
  return element("div", { class: "plot" }, rowLabels(rows, height), marked);
}

/** Links are square and as wide as there is room; those of many slots scroll. */
function linkPlot({ rows, columns, title }: Still, canvas: HTMLCanvasElement, height: number): HTMLElement {
  const plot = element("div", { class: "plot" }, rowLabels(rows, height), canvas);
  const labels = columnLabels(columns);
  plot.style.minWidth = `calc(var(--gutter) + ${rows.length * height}px)`;
  labels.style.minWidth = `${rows.length * height}px`;
  const region = { class: "scroll", tabindex: 0, role: "region", "aria-label": title };
  return element("div", region, plot, labels);
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

/** Returns the names of rows beside a heatmap: of data together, of flags and all others one by one where they fit. */
function rowLabels(names: readonly string[], height: number, flags: readonly boolean[] = []): HTMLElement {
  const place = (text: string, from: number, end: number, kind = "row") => {
    const label = element("span", { class: kind }, text);
    label.style.top = `${(from / names.length) * 100}%`;
    label.style.height = `${((end - from) / names.length) * 100}%`;
    return label;
  };
  const box = (...labels: HTMLElement[]) =>
    element("div", { class: "rows", "aria-hidden": "true" }, ...labels);
  const single = (row: number) => place(names[row]!, row, row + 1);
  const isNumbered = flags.length > 0 && names[0] === "0";
  if (isNumbered) {
    const data = flags.includes(true) ? flags.indexOf(true) : names.length;
    const rest = names.map((_, row) => row).slice(data);
    const fits = height >= labelApart - 2 || rest.length === 0;
    return box(
      place("data", 0, data, "row group"),
      ...(fits ? rest.map(single) : [place("flags", data, names.length)]),
    );
  }
  return box(...labelled(names.length, Math.ceil(labelApart / height)).map(single));
}

const columnLabelsMax = 8;

function columnLabels(names: readonly string[]): HTMLElement {
  const count = names.length;
  const labels = labelled(count, Math.ceil(count / columnLabelsMax)).map((column) => {
    const label = element("span", { class: "tick" }, names[column]!);
    label.style.left = `${(column / count) * 100}%`;
    label.style.width = `${100 / count}%`;
    return label;
  });
  return element("div", { class: "ticks columns-named", "aria-hidden": "true" }, ...labels);
}

/** Returns the rows or columns that are named, the first among them. */
function labelled(count: number, apart: number): number[] {
  const step = roundAbove(apart);
  return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}
