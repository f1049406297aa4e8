/** One checkpoint's episode on the page: its strips over time, and its memory and links at one time. */

import { type EpisodeData, resultText } from "../shared/episode.ts";
import { headMarks, headsText } from "../shared/slots.ts";
import { type Still, stillText } from "../shared/stills.ts";
import { hoverText, type Strip } from "../shared/strip.ts";
import { element } from "./dom.ts";
import { cellAt, paintStill, stillView, stripView } from "./heatmap-view.ts";
import { timeAxis } from "./time-axis.ts";

/** An episode and its pictures. */
export interface Pictures {
  readonly data: EpisodeData;
  readonly strips: readonly Strip[];
  readonly stills: readonly Still[];
}

export class EpisodePanel {
  readonly root = element("div", { class: "panel" });
  private readonly said = element("p", { class: "result", role: "status" });
  private readonly strips = element("div", { class: "strips" });
  private readonly cursor = element("div", { class: "cursor", "aria-hidden": "true" });
  private readonly stills = element("div", { class: "stills" });
  private readonly heads = element("ul", { class: "heads" });
  private readonly tip = element("div", { class: "tip", "aria-hidden": "true", hidden: true });
  private readonly shownStrips = new Map<HTMLCanvasElement, Strip>();
  private readonly shownStills = new Map<HTMLCanvasElement, Still>();
  private time = 0;
  data: EpisodeData | undefined;

  private readonly heading = element("h3", { hidden: true });

  /**
   * @param run     the run's name, for the heading
   * @param control chooses the checkpoint
   * @param onPick  called with the time at a clicked position of a strip; keyboard users have the slider
   */
  constructor(run: string, control: HTMLElement, onPick: (time: number) => void) {
    this.heading.textContent = run;
    const body = element(
      "div",
      { class: "episode" },
      element("div", { class: "over-time" }, this.strips),
      element("div", { class: "at-time" }, this.heads, this.stills),
    );
    this.root.append(this.heading, control, this.said, body, this.tip);
    for (const name of ["pointermove", "pointerdown"] as const) {
      this.root.addEventListener(name, (event) => this.hover(event));
    }
    this.root.addEventListener("pointerleave", () => {
      this.tip.hidden = true;
    });
    this.strips.addEventListener("click", (event) => {
      const cell = event.target instanceof HTMLCanvasElement && cellAt(event.target, event);
      if (cell && this.shownStrips.has(event.target as HTMLCanvasElement)) onPick(cell.column);
    });
  }

  /** Shows the run's name if there is another panel beside this one. */
  named(isNamed: boolean): void {
    this.heading.hidden = !isNamed;
  }

  /** Shows a message in place of an episode. */
  clear(message: string): void {
    this.data = undefined;
    this.shownStrips.clear();
    this.shownStills.clear();
    for (const part of [this.strips, this.stills, this.heads]) part.replaceChildren();
    this.tip.hidden = true;
    this.said.textContent = message;
  }

  /** @param note what else to know about the episode, if anything */
  show({ data, strips, stills }: Pictures, note = ""): void {
    this.clear(`${resultText(data)}${note && ` ${note}`}`);
    this.data = data;
    const mask = data.tensors.mask!.data;
    const views = strips.map((strip) => {
      const { root, canvas } = stripView(strip, data.times);
      this.shownStrips.set(canvas, strip);
      return root;
    });
    this.strips.replaceChildren(timeAxis(mask), ...views, timeAxis(mask), this.cursor);
    this.stills.replaceChildren(
      ...stills.map((still) => {
        const { root, canvas } = stillView(still);
        this.shownStills.set(canvas, still);
        return root;
      }),
    );
  }

  showTime(wanted: number): void {
    const { data } = this;
    if (!data) return;
    this.time = Math.min(wanted, data.times - 1);
    this.cursor.style.setProperty("--at", String(this.time / data.times));
    this.cursor.style.setProperty("--wide", String(1 / data.times));
    for (const [canvas, still] of this.shownStills) {
      paintStill(canvas, still, this.time);
      if (still.kind === "memory") this.mark(canvas, still, data);
    }
    this.heads.replaceChildren(...headsText(data, this.time).map((text) => element("li", {}, text)));
  }

  /** Marks where the heads are at the memory's edges: write heads on the left, read heads on the right. */
  private mark(canvas: HTMLCanvasElement, still: Still, data: EpisodeData): void {
    const marks = headMarks(data, this.time).flatMap(({ kind, slot, text }) => {
      const row = still.rows.indexOf(String(slot + 1));
      if (row < 0) return [];
      const mark = element("span", { class: `mark mark-${kind}` }, text);
      mark.style.top = `${((row + 0.5) / still.rows.length) * 100}%`;
      return [mark];
    });
    canvas.nextElementSibling?.replaceChildren(...marks);
  }

  private hover(event: PointerEvent): void {
    const canvas = event.target instanceof HTMLCanvasElement ? event.target : null;
    const cell = canvas && cellAt(canvas, event);
    const text = cell && this.textAt(canvas, cell.row, cell.column);
    this.tip.hidden = !text;
    if (!text) return;
    this.tip.textContent = text;
    const { left, top, width } = this.root.getBoundingClientRect();
    const x = Math.min(event.clientX - left + 14, width - this.tip.offsetWidth);
    this.tip.style.left = `${Math.max(0, x)}px`;
    this.tip.style.top = `${event.clientY - top + 16}px`;
  }

  private textAt(canvas: HTMLCanvasElement, row: number, column: number): string | null {
    const strip = this.shownStrips.get(canvas);
    if (strip) return hoverText(strip, row, column);
    const still = this.shownStills.get(canvas);
    return still ? stillText(still, this.time, row, column) : null;
  }
}
