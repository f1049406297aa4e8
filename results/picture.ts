/**
 * Lays out a picture of a preset: panels side by side over training steps, under one heading and legend, on a card. A
 * seed has the same colour, dashes and marks in every panel.
 */

import type { Picture } from "@memnet/evaluator/svg";
import type { EChartsOption, LineSeriesOption } from "echarts";
import type { PresetName } from "memnet";
import { presetText } from "./presets.ts";
import type { Result } from "./record.ts";

type ValueAxis = Exclude<NonNullable<EChartsOption["yAxis"]>, readonly unknown[]>;

/** The position of a panel's axes, in pixels, and what they show. */
export interface Panel {
  readonly title: string;
  readonly left: number;
  readonly width: number;
  readonly yAxis: ValueAxis;
  readonly series: readonly LineSeriesOption[];
}

/** The width of a README's text on GitHub, so that nothing is scaled down. */
export const width = 840;
const panelTop = 104;
export const edge = { left: 58, right: 24, bottom: 58 };

/**
 * Okabe and Ito's colours, which readers with colour blindness can distinguish. Dashes and marks repeat the
 * distinction.
 */
export const seedStyles = [
  { color: "#0072b2", type: "solid", symbol: "circle" },
  { color: "#d55e00", type: [7, 3], symbol: "rect" },
  { color: "#009e73", type: [2, 2], symbol: "triangle" },
  { color: "#cc79a7", type: [9, 3, 2, 3], symbol: "diamond" },
] as const;

export const ink = "#1f2328";
const paleInk = "#59636e";
const lines = "#d1d9e0";

export interface Drawn {
  readonly results: readonly Result[];
  readonly height: number;
  /** The figures that are drawn against the steps. */
  readonly figures: string;
  /** The subtitle's text after the preset. */
  readonly about: string;
  readonly panels: readonly Panel[];
}

export function picture(preset: PresetName, { results, height, figures, about, panels }: Drawn): Picture {
  const steps = Math.max(...results.map(({ record }) => record.steps));
  const heading = {
    text: preset,
    subtext: `${presetText(preset)}; ${about}`,
    left: 20,
    top: 14,
    itemGap: 7,
    textStyle: { fontSize: 18, color: ink },
    subtextStyle: { fontSize: 13, color: paleInk },
  };
  return {
    title: `${preset}: ${figures} against training steps, for each seed`,
    width,
    height,
    option: {
      animation: false,
      textStyle: { fontFamily: "'Segoe UI', 'Noto Sans', Helvetica, Arial, sans-serif" },
      graphic: [card(height)],
      title: [heading, ...panels.map(panelTitle)],
      legend: {
        data: results.map(({ record }) => seedName(record.seed)),
        right: 20,
        top: 15,
        itemWidth: 38,
        itemStyle: panels.some(({ series }) => series.some(isMarked)) ? {} : { opacity: 0 },
        itemGap: 18,
        selectedMode: false,
        textStyle: { fontSize: 13, color: ink },
      },
      grid: panels.map((panel) => ({
        left: panel.left,
        width: panel.width,
        top: panelTop,
        bottom: edge.bottom,
        outerBoundsMode: "none",
      })),
      xAxis: panels.map((panel, gridIndex) => stepAxis(gridIndex, steps, panel.width)),
      yAxis: panels.map((panel, gridIndex) => figureAxis(gridIndex, panel)),
      series: panels.flatMap(({ series }, index) =>
        series.map((one) => ({ ...one, xAxisIndex: index, yAxisIndex: index })),
      ),
    },
  };
}

/** A background of its own makes the picture look the same on white and on dark pages. */
function card(height: number) {
  const shape = { x: 0.5, y: 0.5, width: width - 1, height: height - 1, r: 8 };
  return { type: "rect" as const, z: -10, silent: true, shape, style: { fill: "#ffffff", stroke: lines } };
}

function panelTitle({ title, left }: Panel) {
  return { text: title, left, top: panelTop - 32, padding: 0, textStyle: { fontSize: 13, color: ink } };
}

function stepAxis(gridIndex: number, steps: number, panelWidth: number) {
  return {
    type: "value" as const,
    gridIndex,
    min: 0,
    max: steps,
    interval: steps / (panelWidth > 250 ? 5 : 2),
    name: "training steps",
    nameLocation: "middle" as const,
    nameGap: 30,
    nameTextStyle: { fontSize: 13, color: paleInk },
    axisLabel: {
      fontSize: 12,
      color: paleInk,
      formatter: stepText,
      alignMinLabel: "left" as const,
      alignMaxLabel: "right" as const,
    },
    axisLine: { lineStyle: { color: paleInk } },
    axisTick: { show: true },
    splitLine: { show: false },
  };
}

function figureAxis(gridIndex: number, { yAxis }: Panel): ValueAxis {
  return {
    ...yAxis,
    gridIndex,
    axisLabel: { fontSize: 12, color: paleInk, ...yAxis.axisLabel },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: "#e6eaef" } },
  } as ValueAxis;
}

/** Formats a step as `20k`, or as a whole number below a thousand. */
function stepText(step: number): string {
  return step >= 1000 ? `${Number((step / 1000).toPrecision(3))}k` : String(Math.round(step));
}

export function seedName(seed: number): string {
  return `seed ${seed}`;
}

function isMarked({ symbol }: LineSeriesOption): boolean {
  return seedStyles.some((style) => style.symbol === symbol);
}
