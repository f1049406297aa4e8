/** Builds the pictures of a preset's results as ECharts options, from data alone, for a file or a page alike. */

import type { Picture } from "@memnet/evaluator/svg";
import type { LineSeriesOption } from "echarts";
import type { PresetName } from "memnet";
import { edge, ink, picture, seedName, seedStyles, width } from "./picture.ts";
import type { Result } from "./record.ts";
import { goalWrongBits, type Row, sizesBeyond } from "./rows.ts";

type Figure = "lossBits" | "wrongBits" | "exact";

/**
 * Stands for 0, which a log axis cannot show. It is below 1/800, the least that a validation of 800 sequences can show.
 */
const wrongBitsFloor = 0.001;
/** In bits. The loss of a solved task keeps falling, but means nothing more below this. */
const lossFloor = 1e-4;
/** A line with fewer points than this is drawn with marks. */
const unmarkedPoints = 30;
/** The fewest evaluations beyond training that make a curve. Fewer are listed in the table only. */
const beyondPointsMin = 5;

/** Draws the wrong bits and the loss of each seed against steps. */
export function curves(preset: PresetName, results: readonly Result[]): Picture {
  const gap = 84;
  const panelWidth = (width - edge.left - edge.right - gap) / 2;
  const each = (make: (rows: readonly Row[], index: number) => LineSeriesOption) =>
    results.map(({ rows, record }, index) => ({ ...make(rows, index), name: seedName(record.seed) }));
  return picture(preset, {
    results,
    height: 400,
    figures: "wrong bits and loss",
    about: "pale lines: loss in training",
    panels: [
      {
        title: "Wrong bits per sequence, validation",
        left: edge.left,
        width: panelWidth,
        yAxis: {
          type: "log",
          min: wrongBitsFloor,
          axisLabel: { formatter: (value: number) => (isFloor(value, wrongBitsFloor) ? "0" : decade(value)) },
        },
        series: [
          ...each((rows, index) => line(index, points(rows, "validation", "wrongBits", wrongBitsFloor))),
          goal(),
        ],
      },
      {
        title: "Loss in bits per sequence, validation",
        left: edge.left + panelWidth + gap,
        width: panelWidth,
        yAxis: {
          type: "log",
          min: lossFloor,
          axisLabel: {
            formatter: (value: number) => `${isFloor(value, lossFloor) ? "≤ " : ""}${decade(value)}`,
          },
        },
        series: [
          ...each((rows, index) => pale(index, points(rows, "training", "lossBits", lossFloor))),
          ...each((rows, index) => line(index, points(rows, "validation", "lossBits", lossFloor))),
        ],
      },
    ],
  });
}

/** Draws the share of exact sequences at each size beyond training; undefined if it was measured too seldom. */
export function beyondCurves(preset: PresetName, results: readonly Result[]): Picture | undefined {
  const sizes = [...new Set(results.flatMap(({ rows }) => sizesBeyond(rows)))];
  const most = Math.max(
    0,
    ...results.map(({ rows }) => rows.filter(({ split }) => split === sizes[0]).length),
  );
  if (most < beyondPointsMin) return undefined;
  const gap = 22;
  const panelWidth = (width - edge.left - edge.right - gap * (sizes.length - 1)) / sizes.length;
  return picture(preset, {
    results,
    height: 330,
    figures: "share of exact sequences at sizes beyond training",
    about: "share of sequences without a wrong bit",
    panels: sizes.map((size, index) => ({
      title: size.replace("-", " "),
      left: edge.left + index * (panelWidth + gap),
      width: panelWidth,
      yAxis: {
        type: "value",
        min: 0,
        max: 1,
        interval: 0.25,
        axisLabel: { show: index === 0, formatter: (value: number) => `${value * 100} %` },
      },
      series: results.map(({ rows, record }, seed) => ({
        ...line(seed, points(rows, size, "exact")),
        name: seedName(record.seed),
      })),
    })),
  });
}

type Point = [step: number, figure: number | null];

/** ECharts computes powers of ten from logarithms, with a small rounding error. */
function decade(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function isFloor(value: number, floor: number): boolean {
  return value <= floor * 1.001;
}

/** @param floor the value that a log axis shows in place of 0, which it cannot show */
function points(rows: readonly Row[], wanted: string, figure: Figure, floor?: number): Point[] {
  return rows
    .filter(({ split }) => split === wanted)
    .map((row): Point => {
      const value = row[figure];
      return [row.step, value === null || floor === undefined ? value : Math.max(value, floor)];
    });
}

function line(index: number, data: Point[]): LineSeriesOption {
  const { color, type, symbol } = seedStyles[index % seedStyles.length]!;
  const marked = data.length < unmarkedPoints;
  return {
    type: "line",
    data,
    symbol: marked ? symbol : "none",
    symbolSize: 6,
    lineStyle: { color, width: 1.8, type: typeof type === "string" ? type : [...type] },
    itemStyle: { color },
    // Draw a point at the floor or at 100 % completely.
    clip: false,
    z: 3,
  };
}

function pale(index: number, data: Point[]): LineSeriesOption {
  const { color } = seedStyles[index % seedStyles.length]!;
  return {
    type: "line",
    data,
    symbol: "none",
    lineStyle: { color, width: 3, opacity: 0.22 },
    itemStyle: { color },
    z: 2,
  };
}

function goal(): LineSeriesOption {
  return {
    type: "line",
    data: [],
    markLine: {
      silent: true,
      symbol: "none",
      animation: false,
      data: [{ yAxis: goalWrongBits }],
      lineStyle: { color: ink, width: 1.2, type: [4, 4] },
      // The place where no curve has come down yet.
      label: { position: "insideStartTop", formatter: `goal ${goalWrongBits}`, fontSize: 12, color: ink },
    },
  };
}
