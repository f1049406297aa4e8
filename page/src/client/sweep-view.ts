/**
 * The page of a sweep or of a comparison: its points' curves, their table, the settings and the runs, up to date while runs
 * train.
 */

import { ScatterChart } from "echarts/charts";
import { GridComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { type ECharts, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { changedQuery, listOf, namesIn, type Query } from "../shared/query.ts";
import {
  type Sweep,
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
import { chartIn } from "./chart-in.ts";
import { showDifference } from "./difference-view.ts";
import { byId, element, replaceKeepingFocus } from "./dom.ts";
import { keepSelect } from "./stated-select.ts";
import { SweepCurves, type SweepCurvesOptions } from "./sweep-curves.ts";
import { SweepFilters } from "./sweep-filters.ts";
import { pointsTable, runsTable } from "./sweep-tables.ts";
import { onTheme, theme } from "./theme.ts";

use([ScatterChart, GridComponent, TitleComponent, TooltipComponent, CanvasRenderer]);

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
  const load = (more: Query) =>
    askJson<SweepNews>(
      `${path}${changedQuery("", { ...asked, split: split.value, steps: stepsWanted(), ...more })}`,
    );
  const wanted = stated("split");
  if (wanted !== null) {
    split.append(element("option", { value: wanted }, wanted));
    split.value = wanted;
  }
  let news = await load({});
  let anew = false;
  const view = new SweepView({
    ...{ name, sweep: news, load },
    onAsk: () => {
      anew = true;
      void refresh();
    },
  });
  let asking = false;
  const refresh = async () => {
    if (asking) return;
    asking = true;
    try {
      const isAll = anew;
      anew = false;
      news = await load({ from: isAll ? null : news.cursor });
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

interface SweepViewOptions extends Pick<SweepCurvesOptions, "name" | "load" | "onAsk"> {
  readonly sweep: Sweep;
}

class SweepView {
  private readonly name: string;
  private sweep: Sweep;
  private opened = new Set(namesIn(stated("open")));
  private readonly filters = new SweepFilters(() => this.draw());
  /** Each drawn point's colour, by label. It keeps it as long as it is drawn. */
  private readonly styles = new Map<string, number>();
  private readonly curves: SweepCurves;
  private readonly settingCharts = new Map<
    string,
    { readonly chart: ECharts; readonly ground: HTMLElement }
  >();
  private readonly scale = byId<HTMLSelectElement>("scale");
  private readonly by = byId<HTMLSelectElement>("by");
  private readonly task = byId<HTMLSelectElement>("task");

  constructor({ name, sweep, load, onAsk }: SweepViewOptions) {
    this.name = name;
    this.sweep = sweep;
    const draw = () => this.draw();
    this.offer();
    this.curves = new SweepCurves({ name, figure: sweep.goalFigure, load, onChange: draw, onAsk });
    keepSelect(this.by, "by", sweep.goalFigure, draw);
    keepSelect(this.task, "task", this.task.value, draw);
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
    offerChoices(byId("split"), hasSteps ? [...splits, trainingSplit] : splits);
    for (const [id, ofSteps] of [
      ["across", "time"],
      ["figure", "gradient"],
    ] as const) {
      const option = [...byId<HTMLSelectElement>(id).options].find(({ value }) => value === ofSteps);
      if (option) option.hidden = !hasSteps;
    }
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
    this.curves.draw(sweep, shown, drawn);
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
