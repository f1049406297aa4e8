/** Shows a run's events as a timeline and as a list, newest first. */

import { ScatterChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { RunEvent } from "../shared/api.ts";
import { clockText, kindOf, timelineOption, timelineText } from "../shared/timeline.ts";
import { byId, element } from "./dom.ts";
import { onTheme, theme } from "./theme.ts";

use([ScatterChart, GridComponent, TooltipComponent, CanvasRenderer]);

const shownMax = 200;

export class EventsView {
  private events: readonly RunEvent[] = [];
  private readonly ground = element("div", { class: "timeline", role: "img" });
  private readonly chart: ECharts;
  private readonly listed = byId<HTMLSelectElement>("listed");

  constructor() {
    byId("timeline").append(this.ground);
    this.chart = init(this.ground);
    new ResizeObserver(() => this.chart.resize()).observe(this.ground);
    this.listed.addEventListener("change", () => this.drawList());
    onTheme(() => this.draw());
  }

  show(events: readonly RunEvent[]): void {
    this.events = events.slice(-shownMax);
    this.draw();
  }

  private draw(): void {
    this.chart.setOption(timelineOption(this.events, theme()), { notMerge: true });
    this.ground.setAttribute("aria-label", timelineText(this.events));
    this.drawList();
  }

  private drawList(): void {
    const all = this.listed.value === "all";
    const rows = this.events.filter((event) => all || kindOf(event) !== "course").reverse();
    const none = all ? "Nothing yet." : "No faults so far.";
    byId("events").replaceChildren(
      ...(rows.length > 0 ? rows.map(rowOf) : [element("li", { class: "none" }, none)]),
    );
  }
}

function rowOf(event: RunEvent): HTMLElement {
  return element(
    "li",
    {},
    element("time", { datetime: event.time }, clockText(event.time)),
    element("strong", { class: `kind-${kindOf(event)}` }, event.event),
    element("span", { class: "of" }, event.text),
  );
}
