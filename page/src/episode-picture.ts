/** Draws an episode as one SVG picture in the style of the papers' figures, with the page's content for print. */

import { encode } from "fast-png";
import { type EpisodeData, rowsText, type Still, type Strip, stillsOf, stripsOf } from "./shared/episode.ts";
import { pixels, type Scale, signedScale, unitScale } from "./shared/heatmap.ts";
import { lightTheme } from "./shared/palette.ts";

const width = 840;
const left = 190;
const right = 20;
const gap = 12;
/** Height of two lines of text. */
const labelHeight = 28;
const { ink, paleInk, rule, ground } = lightTheme;

/** Number of times at which memory and links are shown: the first, the last and two between. */
const stillCount = 4;

/** @param title shown above the picture, and read by screen readers */
export function episodeSvg(data: EpisodeData, title: string): string {
  const parts: string[] = [];
  let y = 52;
  for (const strip of stripsOf(data)) {
    const height = stripHeight(strip.rows);
    parts.push(label(strip.title, rowsText(strip), y + height / 2));
    parts.push(image(stripPng(strip, data.times), { x: left, y, width: width - left - right, height }));
    y += height + gap;
  }
  parts.push(text("time →", { x: left, y: y + 4, fill: paleInk, size: 12 }));
  y += 24;
  const times = Array.from({ length: stillCount }, (_, index) =>
    Math.round(((data.times - 1) * index) / (stillCount - 1)),
  );
  const side = (width - left - right - gap * (stillCount - 1)) / stillCount;
  for (const still of stillsOf(data)) {
    parts.push(label(still.title, still.about, y + side / 2));
    times.forEach((time, index) => {
      const x = left + index * (side + gap);
      parts.push(image(stillPng(still, time), { x, y, width: side, height: side }));
      parts.push(text(`time ${time + 1}`, { x, y: y + side + 15, fill: paleInk, size: 12 }));
    });
    y += side + 30;
  }
  const height = Math.ceil(y);
  return [
    `<svg width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${ground}" stroke="${rule}"/>`,
    text(title, { x: 20, y: 32, fill: ink, size: 15, weight: 600 }),
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

function stripHeight(rows: number): number {
  return Math.min(150, Math.max(rows * 3, Math.min(rows * 10, 56), labelHeight));
}

function stripPng(strip: Strip, times: number): Uint8Array {
  const value = (row: number, time: number) => strip.value(row, time);
  const scale = strip.kind === "unit" ? unitScale(lightTheme) : signedScale(lightTheme, strip.most || 1);
  return png(strip.rows, times, value, scale);
}

function stillPng(still: Still, time: number): Uint8Array {
  const scale = still.kind === "unit" ? unitScale(lightTheme) : signedScale(lightTheme, still.most || 1);
  return png(still.rows, still.columns, (row, column) => still.value(time, row, column), scale);
}

function png(rows: number, columns: number, value: (row: number, column: number) => number, scale: Scale) {
  return encode({ width: columns, height: rows, channels: 4, data: pixels(rows, columns, value, scale) });
}

interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function image(bytes: Uint8Array, { x, y, width, height }: Box): string {
  const box = `x="${x}" y="${y}" width="${width}" height="${height}"`;
  const source = `data:image/png;base64,${Buffer.from(bytes).toString("base64")}`;
  return (
    `<image ${box} preserveAspectRatio="none" image-rendering="pixelated" href="${source}"/>` +
    `<rect ${box} fill="none" stroke="${rule}"/>`
  );
}

function label(title: string, about: string, y: number): string {
  return (
    text(title, { x: 20, y: y - 1, fill: ink, size: 13, weight: 600 }) +
    text(about, { x: 20, y: y + 14, fill: paleInk, size: 12 })
  );
}

interface Letters {
  readonly x: number;
  readonly y: number;
  readonly fill: string;
  readonly size: number;
  readonly weight?: number;
}

function text(words: string, { x, y, fill, size, weight = 400 }: Letters): string {
  return `<text x="${x}" y="${y}" fill="${fill}" font-size="${size}" font-weight="${weight}">${escaped(words)}</text>`;
}

export function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
