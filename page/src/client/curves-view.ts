/** The curves: a chart for each figure, with one legend and one horizontal axis. */

import { LineChart } from "echarts/charts";
import {
  DataZoomInsideComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
} from "echarts/components";
import { type ECharts, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { Curves, Leader, ModelDetails, RunDetails } from "../shared/api.ts";
import type { Across } from "../shared/axis.ts";
import { type Chart, chartOption, chartText, chartTitles, isLogarithmic } from "../shared/chart.ts";
import type { FramedChart } from "../shared/chart-picture.ts";
import { finerCurves } from "../shared/finer.ts";
import { lightTheme } from "../shared/palette.ts";
import {
  type Against,
  type ChartName,
  endOf,
  type FigureName,
  type LegendEntry,
  legendOf,
  levelsOf,
  linesOf,
  type PlotLine,
} from "../shared/plot.ts";
import { changedQuery, listOf, namesIn } from "../shared/query.ts";
import { choose, onBack, stated } from "./address.ts";
import { askJson, runPath } from "./ask.ts";
import { chartIn } from "./chart-in.ts";
import { byId, element, replaceKeepingFocus } from "./dom.ts";
import { Finer } from "./finer.ts";
import { sample } from "./sample.ts";
import { saveButtons } from "./save-chart.ts";
import { keepSelect } from "./stated-select.ts";
import { onTheme, theme } from "./theme.ts";
import { Zoom } from "./zoom.ts";

use([
  LineChart,
  DataZoomInsideComponent,
  GridComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  TooltipComponent,
  CanvasRenderer,
]);

/** How many announced losses are kept: one a second, they last longer than any tolerable time between snapshots. */
const heardMax = 1000;

const figures: readonly FigureName[] = ["loss", "wrongBits", "exact", "gradient"];

/** The elements of a chart. */
interface Frame {
  readonly name: ChartName;
  readonly figure: HTMLElement;
  readonly caption: HTMLElement;
  readonly ground: HTMLElement;
  /** Chooses the vertical axis; a chart that has no choice is linear. */
  readonly scale: HTMLSelectElement | null;
}

interface Drawn extends Omit<Frame, "caption"> {
  readonly chart: ECharts;
  shown: Omit<Chart, "theme">;
}

export class CurvesView {
  private curves: Curves;
  private readonly details: RunDetails;
  private hidden = new Set(namesIn(stated("hide")));
  private readonly charts: Drawn[] = [];
  private readonly across = byId<HTMLSelectElement>("across");
  private readonly zoom = new Zoom(() => this.draw());
  private readonly finer = new Finer<Curves>(
    (part) => askJson(runPath(this.details.run, `/curves${changedQuery("", part)}`)),
    () => this.draw(),
  );
  private model: ModelDetails | undefined;
  /** Losses that the coordinator has announced and no file has yet. */
  private heard: (readonly [step: number, loss: number | null])[] = [];

  /** @param model undefined if it is described later */
  constructor(curves: Curves, details: RunDetails, model: ModelDetails | undefined) {
    this.curves = curves;
    this.details = details;
    byId("zoom").replaceChildren(this.zoom.root);
    this.addCharts(model?.rates ? [...figures, "rate"] : figures);
    this.model = model;
    this.across.addEventListener("change", () => this.zoom.forget());
    keepSelect(
      this.across,
      "x",
      "steps",
      () => this.draw(),
      () => ({ zoom: null }),
    );
    onBack(() => {
      this.hidden = new Set(namesIn(stated("hide")));
      this.draw();
    });
    onTheme(() => this.draw());
    this.draw();
  }

  private addCharts(names: readonly ChartName[]): void {
    const frames = names.map(frameOf);
    // All elements before the first chart, since each can change the size of the others.
    byId("charts").append(...frames.map(({ figure }) => figure));
    this.charts.push(...frames.map((frame) => this.begin(frame)));
  }

  private begin({ caption, ...frame }: Frame): Drawn {
    const { name, ground, scale } = frame;
    const chart = chartIn(ground);
    this.zoom.listen(chart, ground);
    const shown = { figure: name, lines: [], scale: "log", steps: 0, levels: [], stages: [] } as const;
    const drawn: Drawn = { ...frame, chart, shown };
    caption.append(saveButtons(`${this.details.run}-${name}`, () => this.framed(drawn)));
    if (scale) keepSelect(scale, `${name}-axis`, "log", () => this.draw());
    return drawn;
  }

  private drawChart(drawn: Drawn, shown: Drawn["shown"]): void {
    drawn.shown = shown;
    drawn.chart.setOption(chartOption({ ...shown, theme: theme() }), {
      // Keep the tooltip of the point that the mouse is on.
      replaceMerge: ["series", "xAxis", "yAxis"],
    });
    drawn.ground.setAttribute("aria-label", chartText(shown.figure, shown.lines, shown.across));
  }

  private framed({ shown }: Drawn): FramedChart {
    const { run } = this.details;
    return {
      title: chartText(shown.figure, shown.lines, shown.across),
      heading: `${run}: ${chartTitles[shown.figure]}`,
      across: `training ${shown.across}`,
      option: chartOption({ ...shown, theme: lightTheme }),
      names: shown.lines.map(({ name }) => name),
      below: true,
    };
  }

  /** @param isAnew whether earlier lines may have been replaced */
  show(curves: Curves, isAnew = false): void {
    if (isAnew) this.finer.forget();
    this.curves = curves;
    this.draw();
  }

  /**
   * Draws what the coordinator announces between snapshots, ahead of the curve. Forgets it when the coordinator leaves.
   */
  ahead(leader: Pick<Leader, "step" | "loss"> | null): void {
    const last = this.heard.at(-1)?.[0] ?? 0;
    if (leader === null && this.heard.length === 0) return;
    if (leader === null || leader.step < last) this.heard = [];
    else if (leader.step > last)
      this.heard = [...this.heard, [leader.step, leader.loss] as const].slice(-heardMax);
    else return;
    this.draw();
  }

  /** Adds what only the model's task and settings tell: levels, stages and the learning rate. */
  describe(model: ModelDetails): void {
    if (this.model) return;
    this.model = model;
    if (model.rates) this.addCharts(["rate"]);
    this.draw();
  }

  private draw(): void {
    const across = this.across.value as Across;
    const { sequencesPerStep, goal } = this.details;
    const against: Against = { across, sequencesPerStep };
    const curves = this.finer.answer ? finerCurves(this.curves, this.finer.answer) : this.curves;
    const newest = this.curves.training.steps.at(-1) ?? 0;
    this.heard = this.heard.filter(([step]) => step > newest);
    const lines = new Map<ChartName, readonly PlotLine[]>(
      figures.map((figure) => [figure, linesOf(figure, curves, against, this.heard)]),
    );
    const rates = this.model?.rates ?? [];
    // The rate changes at steps, and when those were taken is known of some alone.
    const ratePoints = rates.map(([step, rate]) => [step * this.unit(against), rate] as const);
    if (across !== "time") {
      lines.set("rate", [{ key: "rate", name: "learning rate", style: 0, points: ratePoints }]);
    }
    const begun = endOf(lines.get("loss")!);
    const end = begun > 0 || across === "time" ? begun : this.details.steps * this.unit(against);
    const zoom = this.zoom.within(end);
    this.finer.want(this.zoom.query(across));
    const stages = across === "time" ? [] : (this.model?.stages ?? []);
    for (const drawn of this.charts) {
      const { name } = drawn;
      drawn.figure.hidden = !lines.has(name);
      const levels =
        name === "rate" || name === "lossBits"
          ? []
          : levelsOf(name, this.curves, this.model?.guessingLoss ?? null, goal);
      this.drawChart(drawn, {
        figure: name,
        lines: (lines.get(name) ?? []).filter(({ key }) => !this.hidden.has(key)),
        scale: drawn.scale?.value === "log" ? "log" : "linear",
        ...{ steps: end, across, zoom, levels },
        stages: stages.map((stage) => ({ ...stage, from: stage.from * this.unit(against) })),
      });
    }
    replaceKeepingFocus(byId("legend"), ...legendOf(this.curves).map((entry) => this.legendButton(entry)));
  }

  private unit({ across, sequencesPerStep }: Against): number {
    return across === "sequences" ? sequencesPerStep : 1;
  }

  private legendButton({ key, name, style }: LegendEntry): HTMLElement {
    const button = element(
      "button",
      { type: "button", "aria-pressed": String(!this.hidden.has(key)), "data-key": key },
      sample(style),
      name,
    );
    button.addEventListener("click", () => {
      if (!this.hidden.delete(key)) this.hidden.add(key);
      choose({ hide: listOf(this.hidden) });
      this.draw();
    });
    return button;
  }
}

function frameOf(name: ChartName): Frame {
  const ground = element("div", { class: "chart", role: "img" });
  const scale = isLogarithmic(name) ? scaleOf(name) : null;
  const heading = element("span", { class: "heading" }, chartTitles[name]);
  const caption = element("figcaption", { class: "titled" }, heading, ...(scale ? [scale] : []));
  return { name, ground, scale, caption, figure: element("figure", {}, caption, ground) };
}

function scaleOf(name: ChartName): HTMLSelectElement {
  return element(
    "select",
    { "aria-label": `Axis of ${chartTitles[name]}` },
    element("option", { value: "log" }, "logarithmic"),
    element("option", { value: "linear" }, "linear"),
  );
}
