/**
 * The page of a sweep or of a comparison: its points' curves, their table, the settings and the runs, up to date while runs
 * train.
 */

import { CustomChart, LineChart, ScatterChart } from "echarts/charts";
import {
  DataZoomInsideComponent,
  GridComponent,
  MarkAreaComponent,
  TitleComponent,
  TooltipComponent,
} from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { Across } from "../shared/axis.ts";
import { type Chart, chartOption, chartText, chartTitles } from "../shared/chart.ts";
import type { FramedChart } from "../shared/chart-picture.ts";
import { lightTheme } from "../shared/palette.ts";
import { endOf } from "../shared/plot.ts";
import { changedQuery, listOf, namesIn, type Query } from "../shared/query.ts";
import {
  type Sweep,
  type SweepFigure,
  type SweepNews,
  type SweepPoint,
  settingPaths,
  tasksOf,
  trainingSplit,
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
import {
  type ColumnName,
  columnOrderIn,
  columnOrderText,
  type Order,
  ordered,
  passes,
} from "../shared/sweep-rows.ts";
import { aboutText, type SettingFigure } from "../shared/sweep-text.ts";
import { whole } from "../shared/text.ts";
import { choose, onBack, stated } from "./address.ts";
import { askJson } from "./ask.ts";
import { sayAway } from "./away.ts";
import { showDifference } from "./difference-view.ts";
import { byId, element, replaceKeepingFocus } from "./dom.ts";
import { sample } from "./sample.ts";
import { saveButtons } from "./save-chart.ts";
import { keepSelect } from "./stated-select.ts";
import { SweepFilters } from "./sweep-filters.ts";
import { pointsTable, runsTable } from "./sweep-tables.ts";
import { onTheme, theme } from "./theme.ts";
import { Zoom } from "./zoom.ts";

use([
  CustomChart,
  LineChart,
  ScatterChart,
  DataZoomInsideComponent,
  GridComponent,
  MarkAreaComponent,
  TitleComponent,
  TooltipComponent,
  CanvasRenderer,
]);

const everyMs = 2000;
const runsMax = 200;

export async function showSweep(name: string): Promise<void> {
  await showCompared(name, `/api/sweeps/${encodeURIComponent(name)}`, {});
}

/** Shows the runs that the address names, in groups. */
export async function showComparison(): Promise<void> {
  const runs = namesIn(stated("runs"));
  keepSelect(byId<HTMLSelectElement>("group"), "group", "configuration", () => location.reload());
  const group = byId<HTMLSelectElement>("group").value;
  await showCompared("comparison", "/api/compare", { runs: listOf(runs), group });
  showDifference(runs);
}

async function showCompared(name: string, path: string, asked: Query): Promise<void> {
  const split = byId<HTMLSelectElement>("split");
  const across = byId<HTMLSelectElement>("across");
  // The records of steps take longer to read, so they are asked for when they are needed.
  const stepsWanted = () =>
    split.value === trainingSplit || (stated("x") ?? across.value) === "time" ? "1" : null;
  const load = (from: string | null) =>
    askJson<SweepNews>(
      `${path}${changedQuery("", { ...asked, split: split.value, steps: stepsWanted(), from })}`,
    );
  const wanted = stated("split");
  if (wanted !== null) split.append(element("option", { value: wanted }, wanted));
  let anew = true;
  keepSelect(split, "split", "validation", () => {
    anew = true;
    void refresh();
  });
  let news = await load(null);
  anew = false;
  const view = new SweepView(name, news, () => {
    anew = true;
    void refresh();
  });
  let asking = false;
  const refresh = async () => {
    if (asking) return;
    asking = true;
    try {
      const isAll = anew;
      anew = false;
      news = await load(isAll ? null : news.cursor);
      sayAway(false);
      if (isAll || news.points.length > 0) view.take(news);
    } catch {
      sayAway(true);
    } finally {
      asking = false;
    }
    if (anew) await refresh();
  };
  setInterval(() => {
    if (!document.hidden) void refresh();
  }, everyMs);
}

class SweepView {
  private readonly name: string;
  private sweep: Sweep;
  private opened = new Set(namesIn(stated("open")));
  private readonly filters = new SweepFilters(() => this.draw());
  private readonly zoom = new Zoom(() => this.draw());
  /** Each drawn point's colour, by label. It keeps it as long as it is drawn. */
  private readonly styles = new Map<string, number>();
  private readonly chart = chartIn(byId("chart"));
  private readonly settingCharts = new Map<
    string,
    { readonly chart: ECharts; readonly ground: HTMLElement }
  >();
  private readonly figure = byId<HTMLSelectElement>("figure");
  private readonly split = byId<HTMLSelectElement>("split");
  private readonly across = byId<HTMLSelectElement>("across");
  private readonly scale = byId<HTMLSelectElement>("scale");
  private readonly by = byId<HTMLSelectElement>("by");
  private readonly task = byId<HTMLSelectElement>("task");
  private shown: Omit<Chart, "theme"> | undefined;

  /** @param onTime asks for the curves again, with their times */
  constructor(name: string, sweep: Sweep, onTime: () => void) {
    this.name = name;
    this.sweep = sweep;
    const draw = () => this.draw();
    this.offer();
    keepSelect(this.figure, "figure", sweep.goalFigure, draw);
    this.across.addEventListener("change", () => this.zoom.forget());
    keepSelect(
      this.across,
      "x",
      this.across.value,
      () => {
        draw();
        if (this.across.value === "time") onTime();
      },
      { zoom: null },
    );
    keepSelect(this.scale, "axis", "log", draw);
    keepSelect(this.by, "by", sweep.goalFigure, draw);
    keepSelect(this.task, "task", this.task.value, draw);
    byId("zoom").replaceChildren(this.zoom.root);
    byId("save").replaceChildren(saveButtons(name, () => this.framed()));
    this.zoom.listen(this.chart, byId("chart"));
    onBack(() => {
      this.opened = new Set(namesIn(stated("open")));
      this.draw();
    });
    onTheme(draw);
    this.draw();
  }

  take(news: SweepNews): void {
    this.sweep = withNews(this.sweep, news);
    this.offer();
    this.draw();
  }

  /** Offers the splits and tasks that there are. */
  private offer(): void {
    const { splits, hasSteps } = this.sweep;
    offerChoices(this.split, hasSteps ? [...splits, trainingSplit] : splits);
    const time = [...this.across.options].find(({ value }) => value === "time");
    if (time) time.hidden = !hasSteps;
    const tasks = tasksOf(this.sweep.points);
    offerChoices(this.task, tasks);
    byId("task-label").hidden = tasks.length < 2;
    const mixed = byId("mixed");
    mixed.hidden = tasks.length < 2;
    mixed.textContent = `These runs were trained on ${tasks.length} tasks, whose figures cannot be compared with each other: ${tasks.join(", ")}. Only those of the chosen task are shown.`;
  }

  private draw(): void {
    const { sweep } = this;
    byId("about").textContent = aboutText(sweep);
    this.filters.offer(sweep);
    const task = this.task.value;
    const { chosen } = this.filters;
    const shown = ordered(sweep.points, this.order).filter(
      (point) => passes(point, chosen) && (task === "" || (point.task ?? task) === task),
    );
    const drawn = this.styled(shown);
    this.drawCurves(shown, drawn);
    this.drawPoints(shown, drawn);
    this.drawSettings(shown);
    this.drawRuns(shown);
  }

  private get order(): Order | null {
    return columnOrderIn(stated("sort"));
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
    const lines = sweepLines({ figure, across, drawn, others, sweep: this.name });
    const steps = endOf(lines);
    const zoom = this.zoom.within(steps);
    this.shown = { figure, across, lines, scale, steps, zoom, levels: [], stages: [] };
    const option = chartOption({ ...this.shown, theme: theme() });
    this.chart.setOption(option, { replaceMerge: ["series", "xAxis", "yAxis"] });
    byId("chart").setAttribute("aria-label", chartText(figure, lines, across));
    byId("chart-title").textContent = this.title;
    const many = this.sweep.seeds === null ? "groups" : "points";
    byId("drawn").textContent =
      others.length === 0
        ? ""
        : `${whole(drawn.length)} of ${whole(shown.length)} ${many} are in colour: the first of the table, as it is sorted, and those selected.`;
    replaceKeepingFocus(
      byId("legend"),
      ...drawn.map(({ point, style, open }) => {
        const button = element(
          "button",
          { type: "button", "aria-pressed": String(open), "data-key": `point ${point.label}` },
          sample(style),
          point.label || this.name,
        );
        button.addEventListener("click", () => this.toggle(point));
        return button;
      }),
    );
  }

  private get title(): string {
    const split = this.split.value.replace("-", " ");
    return `${chartTitles[this.figure.value as SweepFigure]}, ${split}, by training ${this.across.value}`;
  }

  private framed(): FramedChart {
    const shown = this.shown!;
    return {
      title: chartText(shown.figure, shown.lines, shown.across),
      heading: `${this.name}: ${this.title}`,
      across: `training ${shown.across}`,
      option: chartOption({ ...shown, theme: lightTheme }),
      names: shown.lines.filter(({ pale }) => !pale).map(({ name }) => name),
      below: true,
    };
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
        ...{ sweep: { ...this.sweep, name: this.name }, rows, order: this.order },
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
    const many = this.sweep.seeds === null ? "groups" : "points";
    byId("listed-runs").textContent =
      `The runs of ${selected.length > 0 ? `the selected ${many}` : `all ${many} shown`}${first}.`;
    replaceKeepingFocus(byId("runs"), runsTable(this.sweep, points, runsMax));
  }

  private sortBy(by: ColumnName): void {
    const isSame = JSON.stringify(this.order?.by) === JSON.stringify(by);
    choose({ sort: columnOrderText({ by, down: isSame && !this.order!.down }) });
    this.draw();
  }

  private toggle({ label }: SweepPoint): void {
    if (!this.opened.delete(label)) this.opened.add(label);
    choose({ open: listOf(this.opened) });
    this.draw();
  }
}

/** Replaces the choices if there are others now, and keeps what is chosen. */
function offerChoices(select: HTMLSelectElement, values: readonly string[]): void {
  const chosen = select.value;
  const all = chosen === "" || values.includes(chosen) ? values : [...values, chosen];
  if (all.join("\n") === [...select.options].map(({ value }) => value).join("\n")) return;
  select.replaceChildren(...all.map((value) => element("option", { value }, value.replace(/-(?=\d)/, " "))));
  select.value = chosen === "" ? (all[0] ?? "") : chosen;
}

function chartIn(ground: HTMLElement): ECharts {
  const chart = init(ground);
  new ResizeObserver(() => chart.resize()).observe(ground);
  return chart;
}
