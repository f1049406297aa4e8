/** Begins a chart that is as large as its element. */

import { type ECharts, init } from "echarts/core";

export function chartIn(ground: HTMLElement): ECharts {
  const chart = init(ground);
  new ResizeObserver(() => {
    // It also reports the size at the beginning, and a chart that is resized draws everything again.
    const { clientWidth, clientHeight } = ground;
    if (chart.getWidth() !== clientWidth || chart.getHeight() !== clientHeight) chart.resize();
  }).observe(ground);
  return chart;
}
