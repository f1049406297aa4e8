/** Draws an episode as one SVG picture in the style of the papers' figures, with the page's content for print. */

import { stillPng, stillTimes, stripPng } from "./raster.ts";
import type { EpisodeData } from "./shared/episode.ts";
import { type Colours, scaleOf } from "./shared/heatmap.ts";
import { rowLabels } from "./shared/labels.ts";
import { meanings } from "./shared/meanings.ts";
import { lightTheme } from "./shared/palette.ts";
import { nameEnd, phasesOf, timeTicks } from "./shared/phases.ts";
import { allSlots, slotsInUse } from "./shared/slots.ts";
import { type Still, stillsOf } from "./shared/stills.ts";
import { rowHeight, rowsText, type Strip, shortNumber } from "./shared/strip.ts";
import { stripsOf } from "./shared/strips.ts";
import { whole } from "./shared/text.ts";

const width = 840;
const left = 64;
const right = 20;
const gap = 14;
const inner = width - left - right;
/** Where titles and sentences begin. */
const edge = 20;
const lineHeight = 15;
/** Characters of a sentence in a line. */
const lineMax = 135;
const { ink, paleInk, rule, ground, colours } = lightTheme;

export function episodeSvg(run: string, data: EpisodeData): string {
  const title = titleOf(run, data);
  const used = slotsInUse(data);
  const slots = used.length > 0 ? used : allSlots(data);
  const parts: string[] = [timeAxis(data, 52)];
  let y = 104;
  for (const strip of stripsOf(data, { slots, apart: false })) {
    y = caption(parts, strip.title, about(strip), meanings[strip.kind], y);
    const row = rowHeight(strip);
    const height = strip.names.length * row;
    parts.push(...rowTexts(strip, row, y));
    parts.push(image(stripPng(strip, data.times), { x: left, y, width: inner, height }));
    y += height + gap + lineHeight;
  }
  parts.push(timeAxis(data, y - lineHeight));
  y += 52;
  const times = stillTimes(data);
  const side = (inner - gap * (times.length - 1)) / times.length;
  for (const still of stillsOf(data, slots)) {
    y = caption(parts, still.title, stillAbout(still), meanings[still.kind].replace(/ Marks at .*$/, ""), y);
    parts.push(...rowTexts({ names: still.rows }, side / still.rows.length, y));
    times.forEach((time, index) => {
      const x = left + index * (side + gap);
      parts.push(image(stillPng(still, time), { x, y, width: side, height: side }));
      parts.push(text(`time ${time + 1}`, { x, y: y + side + 15, fill: paleInk, size: 12 }));
    });
    y += side + 30 + lineHeight;
  }
  const height = Math.ceil(y - lineHeight);
  return [
    `<svg width="${width}" height="${height}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif">`,
    `<title>${escaped(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${ground}" stroke="${rule}"/>`,
    text(title, { x: edge, y: 32, fill: ink, size: 15, weight: 600 }),
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

/** Returns the title, which is shown above the picture and read by screen readers. */
function titleOf(run: string, { metadata: { step, wrongBits, seed } }: EpisodeData): string {
  return `${run} at step ${whole(Number(step))}: a test episode of seed ${seed}, ${wrongBits} wrong bits`;
}

/** Draws a title, what it is about and a sentence. @returns where the picture below begins */
function caption(parts: string[], title: string, about: string, sentence: string, y: number): number {
  parts.push(text(title, { x: edge, y, fill: ink, size: 13, weight: 600 }));
  // The title's width is not known here, so that the rest ends at the right edge.
  parts.push(text(about, { x: width - right, y, fill: paleInk, size: 11.5, anchor: "end" }));
  const lines = linesIn(sentence, lineMax);
  lines.forEach((line, index) => {
    parts.push(text(line, { x: edge, y: y + lineHeight * (index + 1), fill: paleInk, size: 11 }));
  });
  return y + lineHeight * lines.length + 7;
}

/** Breaks a sentence into lines of so many characters at most. */
function linesIn(sentence: string, most: number): string[] {
  const lines: string[] = [];
  for (const word of sentence.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length > 0 && longer.length <= most) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function rowTexts(rows: Pick<Strip, "names" | "flags">, height: number, y: number): string[] {
  return rowLabels(rows, height).map(({ text: name, from, end }) =>
    text(name, {
      ...{ x: left - 6, y: y + ((from + end) / 2) * height + 3.5 },
      ...{ fill: paleInk, size: 10, anchor: "end" },
    }),
  );
}

/** Draws the phases as a bar, and times counted from 1. */
function timeAxis({ tensors, times }: EpisodeData, y: number): string {
  const x = (time: number) => left + (time / times) * inner;
  const phases = phasesOf(tensors.mask!.data).map((phase) => {
    const { name, from, end } = phase;
    const fill = name === "answer" ? colours[1]! : colours[0]!;
    const bar = `<rect x="${x(from)}" y="${y}" width="${x(end) - x(from)}" height="4" fill="${fill}"/>`;
    const letters = { y: y + 16, fill: paleInk, size: 11 };
    const named = nameEnd(phase, times);
    if (named === null) return bar;
    return (
      bar +
      text(name, named === "start" ? { ...letters, x: x(from) } : { ...letters, x: x(end), anchor: "end" })
    );
  });
  const names = timeTicks(times).map((time) =>
    text(String(time), { x: x(time - 0.5), y: y + 30, fill: paleInk, size: 11, anchor: "middle" }),
  );
  return [
    ...phases,
    ...names,
    text("time", { x: left - 6, y: y + 30, fill: paleInk, size: 11, anchor: "end" }),
  ].join("");
}

function about(strip: Strip): string {
  const { colours } = strip;
  if (colours.kind === "pair")
    return `${rowsText(strip)}; ${colours.names[0]} blue, ${colours.names[1]} orange`;
  return `${rowsText(strip)}; ${rangeText(colours)}`;
}

function stillAbout({ kind, about, colours }: Still): string {
  return `${about}${kind === "link" ? ", ↓ to and → from" : ""}; ${colours.kind === "pair" ? "" : rangeText(colours)}`;
}

function rangeText(colours: Exclude<Colours, { kind: "pair" }>): string {
  const { lo, hi } = scaleOf(lightTheme, colours);
  return `${shortNumber(lo)} to ${shortNumber(hi)}`;
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

interface Letters {
  readonly x: number;
  readonly y: number;
  readonly fill: string;
  readonly size: number;
  readonly weight?: number;
  readonly anchor?: "middle" | "end";
}

function text(words: string, { x, y, fill, size, weight = 400, anchor }: Letters): string {
  const place = `x="${x}" y="${y}"${anchor ? ` text-anchor="${anchor}"` : ""}`;
  return `<text ${place} fill="${fill}" font-size="${size}" font-weight="${weight}">${escaped(words)}</text>`;
}

export function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
