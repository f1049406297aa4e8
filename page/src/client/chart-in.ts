/** Begins a chart that is as large as its element. */

import { type ECharts, init } from "echarts/core";

export function chartIn(ground: HTMLElement): ECharts {
  const chart = init(ground);
  new ResizeObserver(() => chart.resize()).observe(ground);
  return chart;
}
