/** A picture as an SVG file: the same bytes from the same data, in whichever order pictures are drawn. */

import type { EChartsOption } from "echarts";
import { LineChart } from "echarts/charts";
import {
  GraphicComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
} from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([
  LineChart,
  GraphicComponent,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

export interface Picture {
  /** For whoever cannot see it. */
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
 * Without what only answers a mouse, whose class names number everything that the process has drawn; what is left
 * of such numbers is the chart's own, in the ids of clip paths.
 */
function still(svg: string): string {
  return svg
    .replace(/<style >[\s\S]*?<\/style>\n?/g, "")
    .replace(/ (class|pointer-events|ecmeta_\w+)="[^"]*"/g, "")
    .replace(/\bzr\d+-(c\d+)\b/g, "$1");
}
