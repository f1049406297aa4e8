/** The curves: three charts with one legend. */

import { LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TitleComponent, TooltipComponent } from "echarts/components";
import { type ECharts, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { Curves, Leader, ModelDetails } from "../shared/api.ts";
import { type Chart, chartOption, chartText, chartTitles } from "../shared/chart.ts";
import {
  type ChartName,
  type FigureName,
  type LegendEntry,
  legendOf,
  levelsOf,
  linesOf,
} from "../shared/plot.ts";
import { byId, element } from "./dom.ts";
import { sample } from "./sample.ts";
import { onTheme, theme } from "./theme.ts";

use([LineChart, GridComponent, MarkLineComponent, TitleComponent, TooltipComponent, CanvasRenderer]);

/** How many announced losses are kept: one a second, they last longer than any tolerable time between snapshots. */
const heardMax = 1000;

const figures: readonly FigureName[] = ["loss", "wrongBits", "exact"];

interface Drawn {
  readonly chart: ECharts;
  readonly ground: HTMLElement;
}

export class CurvesView {
  private main: Curves;
  private readonly steps: number;
  private readonly others: Curves[] = [];
  private readonly hidden = new Set<string>();
  private readonly charts: readonly ({ readonly figure: FigureName } & Drawn)[];
  private readonly scale = byId<HTMLSelectElement>("scale");
  private legendText = "";
  private model: ModelDetails | null = null;
  /** The learning rate's chart, if the rate changes. */
  private rates: Drawn | undefined;
  /** Losses that the coordinator has announced and no file has yet. */
  private heard: (readonly [step: number, loss: number | null])[] = [];

  constructor(main: Curves, steps: number) {
    this.main = main;
    this.steps = steps;
    this.charts = figures.map((figure) => ({ figure, ...this.addChart(figure) }));
    this.scale.addEventListener("change", () => this.draw());
    onTheme(() => this.drawAnew());
    this.draw();
  }

  private addChart(name: ChartName): Drawn {
    const ground = element("div", { class: "chart", role: "img" });
    byId("charts").append(element("figure", {}, element("figcaption", {}, chartTitles[name]), ground));
    const chart = init(ground);
    new ResizeObserver(() => chart.resize()).observe(ground);
    return { chart, ground };
  }

  private drawChart({ chart, ground }: Drawn, shown: Omit<Chart, "theme" | "stages">): void {
    const stages = this.model?.stages ?? [];
    chart.setOption(chartOption({ ...shown, theme: theme(), stages }), {
      // Keep the tooltip of the point that the mouse is on.
      replaceMerge: ["series", "xAxis", "yAxis"],
    });
    ground.setAttribute("aria-label", chartText(shown.figure, shown.lines));
  }

  show(main: Curves): void {
    this.main = main;
    this.draw();
  }

  /**
   * Draws what the coordinator announces between snapshots, ahead of the curve. Forgets it when the coordinator leaves.
   */
  ahead(leader: Pick<Leader, "step" | "loss"> | null): void {
    const last = this.heard.at(-1)?.[0] ?? 0;
    if (leader === null || leader.step < last) this.heard = [];
    else if (leader.step > last)
      this.heard = [...this.heard, [leader.step, leader.loss] as const].slice(-heardMax);
    else return;
    this.draw();
  }

  /** Adds what only the model's task and settings tell: levels, stages and the learning rate. */
  describe(model: ModelDetails): void {
    this.model = model;
    if (model.rates) this.rates = this.addChart("rate");
    this.draw();
  }

  add(other: Curves): void {
    this.others.push(other);
    this.draw();
  }

  remove(run: string): void {
    const at = this.others.findIndex((other) => other.run === run);
    if (at >= 0) this.others.splice(at, 1);
    this.draw();
  }

  private drawAnew(): void {
    this.legendText = "";
    this.draw();
  }

  private draw(): void {
    const scale = this.scale.value === "linear" ? "linear" : "log";
    const newest = [this.main, ...this.others].map(({ training }) => training.steps.at(-1) ?? 0);
    newest.push(this.heard.at(-1)?.[0] ?? 0);
    const begun = newest.some((step) => step > 0);
    const steps = Math.max(begun ? 0 : this.steps, ...newest);
    const from = this.main.training.steps.at(-1) ?? 0;
    this.heard = this.heard.filter(([step]) => step > from);
    for (const { figure, chart, ground } of this.charts) {
      const all = linesOf(figure, this.main, this.others, this.heard);
      const lines = all.filter(({ key }) => !this.hidden.has(key));
      const levels = figure === "loss" ? levelsOf(this.main, this.model?.guessingLoss ?? null) : [];
      this.drawChart({ chart, ground }, { figure, lines, scale, steps, levels });
    }
    if (this.rates) {
      const lines = [{ key: "rate", name: "learning rate", style: 0, points: this.model!.rates! }];
      this.drawChart(this.rates, { figure: "rate", lines, scale, steps, levels: [] });
    }
    this.drawLegend(legendOf(this.main, this.others));
  }

  /** Keeps the buttons, and with them the keyboard focus, as long as only figures change. */
  private drawLegend(entries: readonly LegendEntry[]): void {
    const text = JSON.stringify(entries);
    if (text === this.legendText) return;
    this.legendText = text;
    byId("legend").replaceChildren(...entries.map((entry) => this.legendButton(entry)));
  }

  private legendButton({ key, name, style }: LegendEntry): HTMLElement {
    const button = element(
      "button",
      { type: "button", "aria-pressed": String(!this.hidden.has(key)) },
      sample(style),
      name,
    );
    button.addEventListener("click", () => {
      if (!this.hidden.delete(key)) this.hidden.add(key);
      button.setAttribute("aria-pressed", String(!this.hidden.has(key)));
      this.draw();
    });
    return button;
  }
}
