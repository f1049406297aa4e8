/** A sweep's page: its points' curves, their table, the settings and the runs, up to date while runs train. */

import { CustomChart, LineChart, ScatterChart } from "echarts/charts";
import { GridComponent, MarkAreaComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { Across } from "../shared/axis.ts";
import { chartOption, chartText, chartTitles } from "../shared/chart.ts";
import { endOf } from "../shared/plot.ts";
import {
  type Sweep,
  type SweepFigure,
  type SweepNews,
  type SweepPoint,
  settingPaths,
  withNews,
} from "../shared/sweep.ts";
import {
  drawnMax,
  type StyledPoint,
  settingOption,
  settingText,
  sweepLines,
  variedPaths,
} from "../shared/sweep-chart.ts";
import { type ColumnName, type Order, ordered, passes } from "../shared/sweep-rows.ts";
import { aboutText, type SettingFigure } from "../shared/sweep-text.ts";
import { whole } from "../shared/text.ts";
import { askJson } from "./ask.ts";
import { sayAway } from "./away.ts";
import { byId, element, replaceKeepingFocus } from "./dom.ts";
import { sample } from "./sample.ts";
import { SweepFilters } from "./sweep-filters.ts";
import { pointsTable, runsTable } from "./sweep-tables.ts";
import { onTheme, theme } from "./theme.ts";

use([
  CustomChart,
  LineChart,
  ScatterChart,
  GridComponent,
  MarkAreaComponent,
  TitleComponent,
  TooltipComponent,
  CanvasRenderer,
]);

const everyMs = 2000;
const runsMax = 200;

export async function showSweep(name: string): Promise<void> {
  const path = `/api/sweeps/${encodeURIComponent(name)}`;
  let news = await askJson<SweepNews>(path);
  const view = new SweepView(news);
  let asking = false;
  setInterval(async () => {
    if (document.hidden || asking) return;
    asking = true;
    try {
      news = await askJson<SweepNews>(`${path}?from=${encodeURIComponent(news.cursor)}`);
      sayAway(false);
      if (news.points.length > 0) view.take(news);
    } catch {
      sayAway(true);
    } finally {
      asking = false;
    }
  }, everyMs);
}

class SweepView {
  private sweep: Sweep;
  private order: Order | null = null;
  private readonly opened = new Set<string>();
  private readonly filters = new SweepFilters(() => this.draw());
  /** Each drawn point's colour, by label. It keeps it as long as it is drawn. */
  private readonly styles = new Map<string, number>();
  private readonly chart = chartIn(byId("chart"));
  private readonly settingCharts = new Map<
    string,
    { readonly chart: ECharts; readonly ground: HTMLElement }
  >();
  private readonly figure = byId<HTMLSelectElement>("figure");
  private readonly across = byId<HTMLSelectElement>("across");
  private readonly scale = byId<HTMLSelectElement>("scale");
  private readonly by = byId<HTMLSelectElement>("by");

  constructor(sweep: Sweep) {
    this.sweep = sweep;
    this.figure.value = sweep.goalFigure;
    this.by.value = sweep.goalFigure;
    for (const select of [this.figure, this.across, this.scale, this.by]) {
      select.addEventListener("change", () => this.draw());
    }
    onTheme(() => this.draw());
    this.draw();
  }

  take(news: SweepNews): void {
    this.sweep = withNews(this.sweep, news);
    this.draw();
  }

  private draw(): void {
    const { sweep } = this;
    byId("about").textContent = aboutText(sweep);
    this.filters.offer(sweep);
    const shown = ordered(sweep.points, this.order).filter((point) => passes(point, this.filters.chosen));
    const drawn = this.styled(shown);
    this.drawCurves(shown, drawn);
    this.drawPoints(shown, drawn);
    this.drawSettings(shown);
    this.drawRuns(shown);
  }

  /** Returns the points that are drawn in colour: the table's first, and those whose seeds are shown. */
  private styled(shown: readonly SweepPoint[]): StyledPoint[] {
    const drawn = shown.filter(({ label }, index) => index < drawnMax || this.opened.has(label));
    const labels = new Set(drawn.map(({ label }) => label));
    for (const label of this.styles.keys()) if (!labels.has(label)) this.styles.delete(label);
    for (const { label } of drawn) {
      if (this.styles.has(label)) continue;
      const taken = new Set(this.styles.values());
      let free = 0;
      while (taken.has(free)) free++;
      this.styles.set(label, free);
    }
    return drawn.map((point) => ({
      point,
      style: this.styles.get(point.label)!,
      open: this.opened.has(point.label),
    }));
  }

  private drawCurves(shown: readonly SweepPoint[], drawn: readonly StyledPoint[]): void {
    const figure = this.figure.value as SweepFigure;
    const across = this.across.value as Across;
    const scale = this.scale.value as "log" | "linear";
    const inColour = new Set(drawn.map(({ point }) => point));
    const others = shown.filter((point) => !inColour.has(point));
    const lines = sweepLines({ figure, across, drawn, others, sweep: this.sweep.name });
    const option = chartOption({
      ...{ figure, across, lines, scale, theme: theme(), steps: endOf(lines), levels: [], stages: [] },
    });
    this.chart.setOption(option, { replaceMerge: ["series", "xAxis", "yAxis"] });
    byId("chart").setAttribute("aria-label", chartText(figure, lines, across));
    byId("chart-title").textContent = `${chartTitles[figure]}, by training ${across}`;
    byId("drawn").textContent =
      others.length === 0
        ? ""
        : `${whole(drawn.length)} of ${whole(shown.length)} points are in colour: the first of the table, as it is sorted, and those selected.`;
    replaceKeepingFocus(
      byId("legend"),
      ...drawn.map(({ point, style, open }) => {
        const button = element(
          "button",
          { type: "button", "aria-pressed": String(open), "data-key": `point ${point.label}` },
          sample(style),
          point.label || this.sweep.name,
        );
        button.addEventListener("click", () => this.toggle(point));
        return button;
      }),
    );
  }

  private drawPoints(shown: readonly SweepPoint[], drawn: readonly StyledPoint[]): void {
    const styles = new Map(drawn.map(({ point, style }) => [point, style]));
    const rows = shown.map((point) => ({
      point,
      style: styles.get(point) ?? null,
      open: this.opened.has(point.label),
    }));
    replaceKeepingFocus(
      byId("points"),
      pointsTable({
        ...{ sweep: this.sweep, rows, order: this.order },
        onSort: (by) => this.sortBy(by),
        onOpen: (point) => this.toggle(point),
      }),
    );
  }

  private drawSettings(shown: readonly SweepPoint[]): void {
    const by = this.by.value as SettingFigure;
    const paths = variedPaths(settingPaths(this.sweep.points), this.sweep.points);
    for (const [path, { chart, ground }] of this.settingCharts) {
      if (paths.includes(path)) continue;
      chart.dispose();
      ground.closest("figure")!.remove();
      this.settingCharts.delete(path);
    }
    for (const path of paths) {
      const { chart, ground } = this.settingCharts.get(path) ?? this.addSetting(path);
      const scale = this.scale.value as "log" | "linear";
      chart.setOption(settingOption({ path, by, points: shown, scale, theme: theme() }), { notMerge: true });
      ground.setAttribute("aria-label", settingText(path, by, shown));
    }
    const none = element("p", { class: "note" }, "No setting varies between the points.");
    if (paths.length === 0) byId("settings").replaceChildren(none);
  }

  private addSetting(path: string) {
    const ground = element("div", { class: "chart", role: "img" });
    if (this.settingCharts.size === 0) byId("settings").replaceChildren();
    byId("settings").append(element("figure", {}, element("figcaption", {}, path), ground));
    const added = { chart: chartIn(ground), ground };
    this.settingCharts.set(path, added);
    return added;
  }

  private drawRuns(shown: readonly SweepPoint[]): void {
    const selected = shown.filter(({ label }) => this.opened.has(label));
    const points = selected.length > 0 ? selected : shown;
    const runs = points.reduce((sum, point) => sum + point.runs.length, 0);
    const first = runs > runsMax ? `, the first ${whole(runsMax)} of ${whole(runs)}` : "";
    byId("listed-runs").textContent =
      `The runs of ${selected.length > 0 ? "the selected points" : "all points shown"}${first}.`;
    replaceKeepingFocus(byId("runs"), runsTable(this.sweep, points, runsMax));
  }

  private sortBy(by: ColumnName): void {
    const isSame = JSON.stringify(this.order?.by) === JSON.stringify(by);
    this.order = { by, down: isSame && !this.order!.down };
    this.draw();
  }

  private toggle({ label }: SweepPoint): void {
    if (!this.opened.delete(label)) this.opened.add(label);
    this.draw();
  }
}

function chartIn(ground: HTMLElement): ECharts {
  const chart = init(ground);
  new ResizeObserver(() => chart.resize()).observe(ground);
  return chart;
}
