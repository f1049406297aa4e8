/**
 * Shows the memory at work for any checkpoint: an episode's strips over time, and memory and links at one time. An LSTM
 * has the strips of its input, target and output alone.
 */

import type { ModelDetails, RunDetails } from "../shared/api.ts";
import { shownSteps } from "../shared/checkpoints.ts";
import { type EpisodeData, headsText, readEpisode, stillsOf, stripsOf } from "../shared/episode.ts";
import { figure, whole } from "../shared/text.ts";
import { ask, askJson, runPath } from "./ask.ts";
import { byId, element } from "./dom.ts";
import { blank, paintStill, scaleView, stripView } from "./heatmap-view.ts";
import { type Playback, playback } from "./playback.ts";
import { onTheme } from "./theme.ts";

/** The checkpoint shown first. */
type First = "newest" | "best";

const timeMs = 180;
const checkpointMs = 400;
/** How long to wait after the last keystroke before a typed number is used. */
const typingMs = 250;

export async function showEpisodes(run: string, first: First): Promise<void> {
  const root = byId("episode");
  try {
    const [details, model] = await Promise.all([
      askJson<RunDetails>(runPath(run)),
      askJson<ModelDetails>(runPath(run, "/model")),
    ]);
    await new EpisodeView(root, details, model).begin(first);
  } catch (error) {
    noEpisodes(root, error as Error);
  }
}

export function noEpisodes(root: HTMLElement, { message }: Error): void {
  root.replaceChildren(element("p", { class: "note" }, message));
  root.classList.remove("loading");
}

export class EpisodeView {
  private readonly root: HTMLElement;
  private details: RunDetails;
  private steps: readonly number[];
  private readonly inputs: ReadonlyMap<string, HTMLInputElement>;
  private readonly checkpoint: Playback;
  private readonly time: Playback;
  private readonly said = element("p", { class: "result", role: "status" });
  private readonly strips = element("div", { class: "strips" });
  private readonly cursor = element("div", { class: "cursor", "aria-hidden": "true" });
  private readonly stills = element("div", { class: "stills" });
  private readonly heads = element("ul", { class: "heads" });
  private data: EpisodeData | undefined;
  /** Whether a time has been shown; the first one is the time at which the answer begins. */
  private begun = false;
  /** Whether an episode is being loaded, and whether another has been chosen meanwhile. */
  private asking = false;
  private askAgain = false;
  private typing: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, details: RunDetails, model: ModelDetails) {
    this.root = root;
    this.details = details;
    this.steps = shownSteps(details);
    this.inputs = new Map([
      ...model.sizes.map(({ name, trained, max }) => [name, number(trained[1], 1, max)] as const),
      ["seed", number(details.seed, 0, Number.MAX_SAFE_INTEGER)],
      ["episode", number(0, 0, 2 ** 31 - 1)],
    ]);
    this.checkpoint = playback({
      id: "checkpoint",
      name: "Checkpoint",
      what: "checkpoints",
      everyMs: checkpointMs,
      text: (index) => `step ${whole(this.steps[index] ?? 0)}`,
      onMove: () => this.ask(),
    });
    this.time = playback({
      id: "time",
      name: "Time",
      what: "time",
      everyMs: timeMs,
      text: (time) => `${time + 1} of ${this.data?.times ?? 0}`,
      onMove: () => this.showTime(),
    });
    for (const input of this.inputs.values()) {
      input.addEventListener("input", () => {
        clearTimeout(this.typing);
        this.typing = setTimeout(() => void this.ask(), typingMs);
      });
    }
    onTheme(() => this.draw());
  }

  async begin(first: First): Promise<void> {
    const labels = [...this.inputs].map(([name, input]) =>
      element("label", {}, `${name[0]!.toUpperCase()}${name.slice(1)} `, input),
    );
    this.strips.addEventListener("click", (event) => this.pick(event));
    this.root.replaceChildren(
      element("div", { class: "controls episode-controls" }, this.checkpoint.root, ...labels),
      this.said,
      element(
        "div",
        { class: "episode" },
        element("div", { class: "over-time" }, this.strips),
        element("div", { class: "at-time" }, this.time.root, this.heads, this.stills),
      ),
    );
    this.offer(first);
    await this.ask();
    this.root.classList.remove("loading");
  }

  /** Updates the checkpoints, of which there may be more than before. */
  checkpoints(details: RunDetails): void {
    const before = this.steps;
    const atEnd = this.checkpoint.value === before.length - 1;
    this.details = details;
    const steps = shownSteps(details);
    if (steps.join() === before.join()) return;
    const shown = before[this.checkpoint.value];
    this.steps = steps;
    this.checkpoint.setMax(Math.max(0, steps.length - 1));
    const at = shown === undefined ? -1 : steps.indexOf(shown);
    this.checkpoint.set(atEnd || at < 0 ? steps.length - 1 : at);
    if (atEnd || at < 0) void this.ask();
  }

  private offer(first: First): void {
    this.checkpoint.setMax(Math.max(0, this.steps.length - 1));
    const best = this.details.best === null ? -1 : this.steps.indexOf(this.details.best);
    this.checkpoint.set(first === "best" && best >= 0 ? best : Math.max(0, this.steps.length - 1));
  }

  /** Loads the chosen episode. Only one is loaded at a time; a choice made meanwhile is loaded afterwards. */
  private async ask(): Promise<void> {
    if (this.asking) {
      this.askAgain = true;
      return;
    }
    this.asking = true;
    do {
      this.askAgain = false;
      await this.askOnce();
    } while (this.askAgain);
    this.asking = false;
  }

  private async askOnce(): Promise<void> {
    const step = this.steps[this.checkpoint.value];
    if (step === undefined) {
      this.said.textContent = "There is no checkpoint yet: the first comes with the first snapshot.";
      return;
    }
    const query = new URLSearchParams({ step: String(step) });
    for (const [name, input] of this.inputs) query.set(name, input.value);
    try {
      const response = await ask(runPath(this.details.run, `/episode?${query}`));
      this.data = readEpisode(await response.arrayBuffer());
      const played = Number(this.data.metadata.step);
      if (played !== step) this.replace(step, played);
      this.draw();
    } catch (error) {
      this.said.textContent = (error as Error).message;
    }
  }

  /** Replaces a checkpoint that was thinned out by the nearest one, which the server played in its place. */
  private replace(gone: number, played: number): void {
    const chosen = this.steps[this.checkpoint.value];
    const others = this.steps.filter((step) => step !== gone && step !== played);
    this.steps = [...others, played].sort((a, b) => a - b);
    this.checkpoint.setMax(this.steps.length - 1);
    this.checkpoint.set(this.steps.indexOf(chosen === undefined || chosen === gone ? played : chosen));
  }

  private draw(): void {
    const { data } = this;
    if (!data) return;
    const { loss, wrongBits, step } = data.metadata;
    const [counted, bits] = [
      data.tensors.mask!.data.reduce((sum, one) => sum + one, 0),
      data.tensors.y!.shape[1]!,
    ];
    this.said.textContent =
      `Step ${whole(Number(step))}: ${wrongBits} of ${whole(counted * bits)} bits are wrong, ` +
      `loss ${figure(Number(loss))} nats.`;
    const strips = stripsOf(data).map((strip) => stripView(strip, data.times));
    this.strips.replaceChildren(...strips, this.cursor);
    this.stills.replaceChildren(
      ...stillsOf(data).map((still) => {
        const canvas = blank();
        canvas.className = "still";
        const key = scaleView(still.kind, still.most || 1);
        const caption = element(
          "figcaption",
          {},
          still.title,
          element("span", { class: "of" }, ` ${still.about} `),
          key,
        );
        return element("figure", {}, caption, canvas);
      }),
    );
    this.time.setMax(data.times - 1);
    if (!this.begun) this.time.set(Math.max(0, data.tensors.mask!.data.indexOf(1)));
    this.begun = true;
    this.showTime();
  }

  private showTime(): void {
    const { data } = this;
    if (!data) return;
    const time = Math.min(this.time.value, data.times - 1);
    this.cursor.style.left = `${(time / data.times) * 100}%`;
    this.cursor.style.width = `${100 / data.times}%`;
    const canvases = this.stills.querySelectorAll<HTMLCanvasElement>("canvas.still");
    stillsOf(data).forEach((still, index) => {
      const canvas = canvases[index];
      if (canvas) paintStill(canvas, still, time);
    });
    this.heads.replaceChildren(...headsText(data, time).map((text) => element("li", {}, text)));
  }

  /** Selects the time at a clicked position of a strip; keyboard users have the slider. */
  private pick(event: MouseEvent): void {
    if (!this.data) return;
    const { left, width } = this.strips.getBoundingClientRect();
    const time = Math.floor(((event.clientX - left) / width) * this.data.times);
    this.time.set(Math.min(this.data.times - 1, Math.max(0, time)));
    this.showTime();
  }
}

function number(value: number, min: number, max: number): HTMLInputElement {
  return element("input", { type: "number", value, min, max, step: 1, inputmode: "numeric" });
}
