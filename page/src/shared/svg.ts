/** Renders a picture as an SVG file. The same data gives the same bytes, in whichever order pictures are drawn. */

import type { EChartsOption } from "echarts";
import { CustomChart, LineChart, ScatterChart } from "echarts/charts";
import {
  GraphicComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  CustomChart,
  LineChart,
  ScatterChart,
  GraphicComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

export interface Picture {
  /** Read by screen readers. */
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly option: EChartsOption;
}

export function svgText({ title, width, height, option }: Picture): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption(option);
    const svg = still(chart.renderToSVGString()).trimEnd();
    return `${svg.replace(/^<svg [^>]*>/, (head) => `${head}\n<title>${title}</title>`)}\n`;
  } finally {
    chart.dispose();
  }
}

/**
 * Removes what only serves the mouse, because its class names count everything that the process has drawn. The ids of
 * clip paths keep only the part of that number that belongs to the chart.
 */
function still(svg: string): string {
  return svg
    .replace(/<style >[\s\S]*?<\/style>\n?/g, "")
    .replace(/ (class|pointer-events|ecmeta_\w+)="[^"]*"/g, "")
    .replace(/\bzr\d+-(c\d+)\b/g, "$1");
}
