/**
 * The curves of a sweep or of a comparison: one chart, with a line for each point, and its legend, which hides and shows
 * them.
 */

import { CustomChart, LineChart } from "echarts/charts";
import {
  DataZoomInsideComponent,
  GridComponent,
  MarkAreaComponent,
  TitleComponent,
  TooltipComponent,
} from "echarts/components";
import { use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { Across } from "../shared/axis.ts";
import { type Chart, chartOption, chartText, chartTitles } from "../shared/chart.ts";
import type { FramedChart } from "../shared/chart-picture.ts";
import { finerSweep } from "../shared/finer.ts";
import { lightTheme } from "../shared/palette.ts";
import { endOf } from "../shared/plot.ts";
import { listOf, namesIn, type Query } from "../shared/query.ts";
import { type CurveFigure, figuresOf, type Sweep, type SweepPoint, trainingSplit } from "../shared/sweep.ts";
import { type StyledPoint, sweepLines } from "../shared/sweep-chart.ts";
import { whole } from "../shared/text.ts";
import { choose, onBack, stated } from "./address.ts";
import { chartIn } from "./chart-in.ts";
import { byId, element, replaceKeepingFocus } from "./dom.ts";
import { Finer } from "./finer.ts";
import { sample } from "./sample.ts";
import { saveButtons } from "./save-chart.ts";
import { keepSelect } from "./stated-select.ts";
import { theme } from "./theme.ts";
import { Zoom } from "./zoom.ts";

use([
  CustomChart,
  LineChart,
  DataZoomInsideComponent,
  GridComponent,
  MarkAreaComponent,
  TitleComponent,
  TooltipComponent,
  CanvasRenderer,
]);

export interface SweepCurvesOptions {
  readonly name: string;
  /** The figure shown at first. */
  readonly figure: CurveFigure;
  /** Loads the points with the curves of a part. */
  readonly load: (part: Query) => Promise<Pick<Sweep, "points">>;
  /** Draws what was last drawn again. */
  readonly onChange: () => void;
  /** Asks for the curves again, which are of another split or need times. */
  readonly onAsk: () => void;
}

export class SweepCurves {
  private readonly options: SweepCurvesOptions;
  private hidden = new Set(namesIn(stated("hide")));
  private readonly zoom: Zoom;
  private readonly finer: Finer<Pick<Sweep, "points">>;
  private readonly chart = chartIn(byId("chart"));
  private readonly figure = byId<HTMLSelectElement>("figure");
  private readonly split = byId<HTMLSelectElement>("split");
  private readonly across = byId<HTMLSelectElement>("across");
  private readonly scale = byId<HTMLSelectElement>("scale");
  private shown: Omit<Chart, "theme"> | undefined;

  constructor(options: SweepCurvesOptions) {
    this.options = options;
    const { name, load, onChange, onAsk } = options;
    this.zoom = new Zoom(onChange);
    this.finer = new Finer(load, onChange);
    const askAnew = () => {
      this.finer.forget();
      onChange();
      onAsk();
    };
    const takeFigure = keepSelect(
      this.figure,
      "figure",
      options.figure,
      () => {
        const before = this.split.value;
        takeSplit();
        if (this.split.value === before) onChange();
        else askAnew();
      },
      () => (this.hasFigure ? {} : { split: this.figure.value === "gradient" ? trainingSplit : null }),
    );
    const takeSplit = keepSelect(
      this.split,
      "split",
      "validation",
      () => {
        takeFigure();
        askAnew();
      },
      () => (this.hasFigure ? {} : { figure: this.split.value === trainingSplit ? "lossBits" : null }),
    );
    this.across.addEventListener("change", () => this.zoom.forget());
    keepSelect(
      this.across,
      "x",
      this.across.value,
      () => {
        onChange();
        if (this.across.value === "time") onAsk();
      },
      () => ({ zoom: null }),
    );
    keepSelect(this.scale, "axis", "log", onChange);
    byId("zoom").replaceChildren(this.zoom.root);
    byId("save").replaceChildren(saveButtons(name, () => this.framed()));
    this.zoom.listen(this.chart, byId("chart"));
    onBack(() => {
      this.hidden = new Set(namesIn(stated("hide")));
      onChange();
    });
  }

  /** Whether the chosen split has the chosen figure. Of training only the loss and the gradient's norm are known. */
  private get hasFigure(): boolean {
    return figuresOf(this.split.value).includes(this.figure.value as CurveFigure);
  }

  /**
   * @param shown the points, in the order of their table
   * @param drawn those that are drawn in colour
   */
  draw(sweep: Sweep, shown: readonly SweepPoint[], drawn: readonly StyledPoint[]): void {
    const figure = this.figure.value as CurveFigure;
    const across = this.across.value as Across;
    const scale = this.scale.value as "log" | "linear";
    const inColour = new Set(drawn.map(({ point }) => point));
    const others = shown.filter((point) => !inColour.has(point));
    const { finer } = this;
    const points = finer.answer ? finerSweep({ ...sweep, points: shown }, finer.answer).points : shown;
    const byLabel = new Map(points.map((point) => [point.label, point]));
    const fine = (point: SweepPoint) => byLabel.get(point.label)!;
    const all = sweepLines({
      ...{ figure, across, sweep: this.options.name, others: others.map(fine) },
      drawn: drawn.map((one) => ({ ...one, point: fine(one.point) })),
    });
    const lines = all.filter(({ group }) => !this.hidden.has(group));
    const steps = endOf(all);
    const zoom = this.zoom.within(steps);
    const part = this.zoom.query(across);
    finer.want(part && { ...part, split: this.split.value });
    this.shown = { figure, across, lines, scale, steps, zoom, levels: [], stages: [] };
    const option = chartOption({ ...this.shown, theme: theme() });
    this.chart.setOption(option, { replaceMerge: ["series", "xAxis", "yAxis"] });
    byId("chart").setAttribute("aria-label", chartText(figure, lines, across));
    byId("chart-title").textContent = this.title;
    const many = sweep.seeds === null ? "groups" : "points";
    byId("drawn").textContent =
      others.length === 0
        ? ""
        : `${whole(drawn.length)} of ${whole(shown.length)} ${many} are in colour: the first of the table, as it is sorted, and those selected.`;
    replaceKeepingFocus(byId("legend"), ...drawn.map((one) => this.legendButton(one)));
  }

  private legendButton({ point: { label }, style }: StyledPoint): HTMLElement {
    const button = element(
      "button",
      { type: "button", "aria-pressed": String(!this.hidden.has(label)), "data-key": `point ${label}` },
      sample(style),
      label || this.options.name,
    );
    button.addEventListener("click", () => {
      if (!this.hidden.delete(label)) this.hidden.add(label);
      choose({ hide: listOf(this.hidden) });
      this.options.onChange();
    });
    return button;
  }

  private get title(): string {
    const split = this.split.value.replace("-", " ");
    return `${chartTitles[this.figure.value as CurveFigure]}, ${split}, by training ${this.across.value}`;
  }

  private framed(): FramedChart {
    const shown = this.shown!;
    return {
      title: chartText(shown.figure, shown.lines, shown.across),
      heading: `${this.options.name}: ${this.title}`,
      across: `training ${shown.across}`,
      option: chartOption({ ...shown, theme: lightTheme }),
      names: shown.lines.filter(({ pale }) => !pale).map(({ name }) => name),
      below: true,
    };
  }
}
