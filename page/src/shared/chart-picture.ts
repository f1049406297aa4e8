/** A chart as a picture of its own: in a frame, with its heading and legend. */

import type { EChartsOption, XAXisComponentOption as XAXisOption } from "echarts";
import { lightTheme } from "./palette.ts";
import type { Picture } from "./svg.ts";

const widthDefault = 840;
const heightDefault = 320;

export interface FramedChart {
  /** Read by screen readers. */
  readonly title: string;
  readonly heading: string;
  readonly option: EChartsOption;
  /** What the horizontal axis counts. */
  readonly across: string;
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

export function chartPicture(chart: FramedChart): Picture {
  const {
    title,
    heading,
    names,
    across,
    below = false,
    width = widthDefault,
    height: bare = heightDefault,
  } = chart;
  // A tooltip and a zoom answer a mouse, which a picture has not.
  const { tooltip: _, dataZoom: _zoom, ...option } = chart.option;
  const rows = below ? rowsOf(names, width - 40) : 0;
  const height = bare + rows * rowHeight;
  const frame = { x: 0.5, y: 0.5, width: width - 1, height: height - 1, r: 8 };
  const style = { fill: lightTheme.ground, stroke: lightTheme.rule };
  const { right } = option.grid as { right: number };
  return {
    ...{ title, width, height },
    option: {
      ...option,
      grid: { left: 62, right: right + 10, top: 68 + rows * rowHeight, bottom: 52, outerBoundsMode: "none" },
      xAxis: {
        ...(option.xAxis as XAXisOption),
        ...{
          name: across,
          nameLocation: "middle",
          nameGap: 26,
          nameTextStyle: { color: lightTheme.paleInk },
        },
      },
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
  };
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
