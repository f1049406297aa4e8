/** The part of the horizontal axis that charts show: chosen with the mouse, two fingers or two fields. */

import type { ECharts } from "echarts/core";
import type { Across } from "../shared/axis.ts";
import { type Span, spanIn, spanText } from "../shared/part.ts";
import type { Query } from "../shared/query.ts";
import { choose, move, onBack, stated } from "./address.ts";
import { element } from "./dom.ts";

export class Zoom {
  readonly root: HTMLElement;
  private span: Span | null;
  /** Where the axis ends. */
  private end = 0;
  private readonly onChange: () => void;
  private readonly from = bound("from");
  private readonly to = bound("to");
  private readonly all = element("button", { type: "button" }, "All");

  /** @param onChange draws the charts again */
  constructor(onChange: () => void) {
    this.onChange = onChange;
    this.span = spanIn(stated("zoom"));
    this.root = element("span", { class: "zoom" }, "Show ", this.from, " to ", this.to, " ", this.all);
    for (const input of [this.from, this.to]) input.addEventListener("change", () => this.take());
    this.all.addEventListener("click", () => this.reset());
    onBack(() => {
      this.span = spanIn(stated("zoom"));
      this.onChange();
    });
  }

  /**
   * Returns the part to show; null for all.
   *
   * @param end where the axis ends now
   */
  within(end: number): Span | null {
    this.end = end;
    const { span } = this;
    this.from.value = span ? String(span[0]) : "";
    this.to.value = span ? String(span[1]) : "";
    this.from.placeholder = "0";
    this.to.placeholder = String(Math.round(end));
    this.all.disabled = span === null;
    return span && [Math.min(span[0], end), Math.min(span[1], end)];
  }

  /** Returns the part for a request; null for all. */
  query(across: Across): Query | null {
    return this.span && { x: across, zoom: this.text() };
  }

  /** Takes what the mouse does to the chart. A double click shows all. */
  listen(chart: ECharts, ground: HTMLElement): void {
    let waits = false;
    chart.on("datazoom", () => {
      if (waits) return;
      waits = true;
      // The wheel turns more often than the screen is drawn.
      requestAnimationFrame(() => {
        waits = false;
        const [{ startValue, endValue }] = chart.getOption().dataZoom as [
          { startValue: number; endValue: number },
        ];
        this.set([rounded(startValue), rounded(endValue)]);
        move({ zoom: this.text() });
        this.onChange();
      });
    });
    ground.addEventListener("dblclick", () => this.reset());
  }

  /** Forgets the part, since the axis counts something else. */
  forget(): void {
    this.span = null;
  }

  private reset(): void {
    this.span = null;
    choose({ zoom: null });
    this.onChange();
  }

  private take(): void {
    const from = this.from.value === "" ? 0 : Number(this.from.value);
    const to = this.to.value === "" ? this.end : Number(this.to.value);
    this.set([from, to]);
    choose({ zoom: this.text() });
    this.onChange();
  }

  private set([from, to]: Span): void {
    const isAll = from <= 0 && to >= Math.floor(this.end);
    this.span = isAll || !(from < to) ? null : [Math.max(0, from), to];
  }

  private text(): string | null {
    return this.span && spanText(this.span);
  }
}

function bound(name: string): HTMLInputElement {
  return element("input", { type: "number", min: 0, step: "any", "aria-label": `Show ${name}` });
}

function rounded(value: number): number {
  return value < 10 ? Number(value.toPrecision(3)) : Math.round(value);
}
