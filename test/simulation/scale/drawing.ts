/** Draws curves over a logarithmic number of trainers or workers. Pure. */

import { lightTheme, lineStyle } from "@memnet/page/palette";
import type { Picture } from "@memnet/page/svg";
import type { EChartsOption } from "echarts";
import { chartFont } from "../../../page/src/shared/chart-look.ts";

export interface Curve {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Panel {
  readonly title: string;
  readonly across: string;
  readonly curves: readonly Curve[];
}

const [width, height] = [840, 420];
const edge = { left: 58, right: 24, top: 118, bottom: 58 };
const gap = 64;

/** @param about the subtitle */
export function curvesPicture(heading: string, about: string, panels: readonly Panel[]): Picture {
  const { ground, ink, paleInk, rule } = lightTheme;
  const panelWidth = (width - edge.left - edge.right - gap * (panels.length - 1)) / panels.length;
  const left = (index: number) => edge.left + index * (panelWidth + gap);
  const axis = {
    type: "log" as const,
    axisLabel: { fontSize: 12, color: paleInk },
    axisLine: { lineStyle: { color: rule } },
    splitLine: { lineStyle: { color: rule } },
    nameTextStyle: { fontSize: 13, color: paleInk },
  };
  const option: EChartsOption = {
    animation: false,
    textStyle: { fontFamily: chartFont.fontFamily },
    graphic: {
      ...{ type: "rect", z: -10, silent: true },
      shape: { x: 0.5, y: 0.5, width: width - 1, height: height - 1, r: 8 },
      style: { fill: ground, stroke: rule },
    },
    title: [
      {
        ...{ text: heading, subtext: about, left: 20, top: 14, itemGap: 7 },
        textStyle: { fontSize: 18, color: ink },
        subtextStyle: { fontSize: 13, color: paleInk },
      },
      ...panels.map(({ title }, index) => ({
        ...{ text: title, left: left(index), top: edge.top - 52, padding: 0 },
        textStyle: { fontSize: 13, color: ink },
      })),
    ],
    legend: panels.map(({ curves }, index) => ({
      data: curves.map(({ name }) => name),
      ...{
        left: left(index) - 4,
        top: edge.top - 34,
        padding: 0,
        itemWidth: 26,
        itemGap: 10,
        selectedMode: false,
      },
      itemStyle: { opacity: 0 },
      textStyle: { fontSize: 12, color: ink },
    })),
    grid: panels.map((_, index) => ({
      ...{ left: left(index), width: panelWidth, top: edge.top, bottom: edge.bottom },
      outerBoundsMode: "none" as const,
    })),
    xAxis: panels.map(({ across }, gridIndex) => ({
      ...{ ...axis, gridIndex, name: across, nameLocation: "middle" as const, nameGap: 30 },
    })),
    yAxis: panels.map((_, gridIndex) => ({ ...axis, gridIndex })),
    series: panels.flatMap(({ curves }, index) =>
      curves.map(({ name, points }, style) => {
        const { color, dash } = lineStyle(lightTheme, style);
        return {
          ...{ type: "line" as const, name, xAxisIndex: index, yAxisIndex: index, symbol: "none" },
          data: points.map(([x, y]) => [x, y]),
          lineStyle: { color, width: 1.8, type: dash.length > 0 ? [...dash] : ("solid" as const) },
          itemStyle: { color },
        };
      }),
    ),
  };
  const title = `${heading}: ${panels.map((panel) => panel.title).join("; ")}`;
  return { title, width, height, option };
}
