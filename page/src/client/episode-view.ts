/**
 * Shows the memory at work for any checkpoint, alone or beside another one or another run's on the same episode. An LSTM
 * has the strips of its input, target and output alone.
 */

import type { EpisodeSize, ListedRun, ModelDetails, RunDetails } from "../shared/api.ts";
import { type EpisodeData, isSameEpisode } from "../shared/episode.ts";
import { withSharedColours } from "../shared/shared-colours.ts";
import { allSlots, slotsInUse, slotsText } from "../shared/slots.ts";
import { stillsOf } from "../shared/stills.ts";
import type { Strip } from "../shared/strip.ts";
import { stripsOf } from "../shared/strips.ts";
import { whole } from "../shared/text.ts";
import { choose, move, onBack, stated } from "./address.ts";
import { askJson, runPath } from "./ask.ts";
import type { First } from "./checkpoint-choice.ts";
import { byId, element } from "./dom.ts";
import { EpisodeSide } from "./episode-side.ts";
import type { FirstOfTest } from "./first.ts";
import { type Playback, playback } from "./playback.ts";
import { remember, remembered } from "./remembered.ts";
import { onTheme } from "./theme.ts";

const timeMs = 180;
/** How long to wait after the last keystroke before a typed number is used. */
const typingMs = 250;

export async function showEpisodes(asked: FirstOfTest, first: First): Promise<void> {
  const root = byId("episode");
  try {
    const [details, model] = await Promise.all([asked.details, asked.model]);
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
  private readonly fields: readonly Field[];
  private readonly time: Playback;
  private readonly everySlot: HTMLInputElement;
  private readonly apart: HTMLInputElement;
  private readonly everyHead: HTMLInputElement;
  private readonly compare = element("select", { id: "beside" });
  private readonly picture = element("a", { download: true }, "Picture as SVG");
  private readonly panels = element("div", { class: "panels" });
  private readonly headsLabel = element("label", { hidden: true });
  private readonly alike = element(
    "p",
    { class: "note", hidden: true },
    "Both sides share their colour scales: equal colours mean equal values.",
  );
  private first: First = "newest";
  private main: EpisodeSide | undefined;
  private other: EpisodeSide | undefined;
  /** The chosen time, from 0; null until one is chosen, and the time at which the answer begins is shown. */
  private chosenTime: number | null = null;
  /** Whether episodes are being loaded, and whether others have been chosen meanwhile. */
  private asking = false;
  private askAgain = false;
  private typing: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, details: RunDetails, model: ModelDetails) {
    this.root = root;
    this.details = details;
    this.fields = [
      ...model.sizes.map(sizeField),
      field("seed", "seed", details.seed, 0, Number.MAX_SAFE_INTEGER),
      field("episode", "episode", 0, 0, 2 ** 31 - 1),
    ];
    this.time = playback({
      ...{ id: "time", name: "Time", what: "time", everyMs: timeMs },
      text: (time) => `${time + 1} of ${whole(Number(this.time.slider.max) + 1)}`,
      onMove: (time) => this.moveTime(time),
    });
    this.everySlot = this.toggle("slots", "all");
    this.apart = this.toggle("weights", "apart");
    this.everyHead = this.toggle("heads", "all");
    for (const { input, key, standard } of this.fields) {
      input.addEventListener("input", () => {
        move({ [key]: input.value === String(standard) ? null : input.value });
        clearTimeout(this.typing);
        this.typing = setTimeout(() => void this.ask(), typingMs);
      });
    }
    this.compare.addEventListener("change", () => {
      choose({ beside: this.compare.value || null, "beside-step": null });
      void this.showBeside();
    });
    this.headsLabel.append(this.everyHead, ` All heads, instead of the first ${headsShown}`);
    onBack(() => void this.restore());
    onTheme(() => this.draw());
  }

  async begin(first: First): Promise<void> {
    this.first = first;
    const hasMemory = this.details.model !== "lstm";
    const labels = this.fields.map(({ name, input, bound }) =>
      element("label", {}, `${name[0]!.toUpperCase()}${name.slice(1)} `, input, bound),
    );
    this.main = this.side("checkpoint", "Checkpoint", this.details, first);
    this.root.replaceChildren(
      element("div", { class: "controls episode-controls" }, ...labels),
      element(
        "div",
        { class: "controls" },
        element("label", {}, "Side by side with ", this.compare),
        ...(hasMemory
          ? [
              element("label", {}, this.everySlot, " All slots"),
              element("label", {}, this.apart, " Writing and reading apart"),
              this.headsLabel,
            ]
          : []),
        this.explanations(),
        this.picture,
      ),
      element("div", { class: "time-bar" }, this.time.root),
      this.alike,
      this.panels,
    );
    const offered = this.offerOthers();
    // A list of many runs must not delay the picture of this one.
    if (stated("beside") !== null) await offered;
    await this.restore();
    this.root.classList.remove("loading");
  }

  /** Updates the checkpoints, of which there may be more than before. */
  checkpoints(details: RunDetails): void {
    this.details = details;
    const changed = [this.main, this.other]
      .filter((side) => side?.choice.run === details.run)
      .map((side) => side!.choice.update(details));
    if (changed.includes(true)) void this.ask();
  }

  /** Takes everything from the page's address. */
  private async restore(): Promise<void> {
    for (const { key, input, standard } of this.fields) input.value = stated(key) ?? String(standard);
    this.everySlot.checked = stated("slots") === "all";
    this.apart.checked = stated("weights") === "apart";
    this.everyHead.checked = stated("heads") === "all";
    this.main?.choice.restore();
    const time = Number(stated("time") ?? Number.NaN);
    this.chosenTime = Number.isInteger(time) && time >= 1 ? time - 1 : null;
    await this.showBeside();
  }

  private toggle(key: string, value: string): HTMLInputElement {
    const box = element("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      choose({ [key]: box.checked ? value : null });
      this.draw();
    });
    return box;
  }

  /** Returns the switch of the sentences that explain each picture: on until it has been switched off once. */
  private explanations(): HTMLElement {
    const box = element("input", { type: "checkbox" });
    const apply = () => this.root.classList.toggle("unexplained", !box.checked);
    box.checked = remembered("explanations") !== "off";
    box.addEventListener("change", () => {
      remember("explanations", box.checked ? "on" : "off");
      apply();
    });
    apply();
    return element("label", {}, box, " Explanations");
  }

  private side(id: string, name: string, details: RunDetails, first: First): EpisodeSide {
    const options = { id, name, details, first, onMove: () => this.ask() };
    return new EpisodeSide(options, (time) => {
      this.time.set(time);
      this.moveTime(time);
    });
  }

  private async offerOthers(): Promise<void> {
    const { runs } = await askJson<{ runs: ListedRun[] }>("/api/runs").catch(() => ({ runs: [] }));
    const { run, task } = this.details;
    const others = runs.filter((one) => one.run !== run && one.task === task);
    this.compare.replaceChildren(
      element("option", { value: "" }, "nothing"),
      element("option", { value: run }, "another checkpoint of this run"),
      ...others.map((one) => element("option", { value: one.run }, `run ${one.run}`)),
    );
  }

  /** Shows the run that the address names beside this one, or this one alone. */
  private async showBeside(): Promise<void> {
    this.compare.value = stated("beside") ?? "";
    // A run that is not offered leaves nothing selected.
    if (this.compare.selectedIndex < 0) this.compare.value = "";
    const run = this.compare.value;
    const other = await this.besideOf(run);
    // Another run may have been chosen meanwhile.
    if (this.compare.value !== run) return;
    if (!other) this.compare.value = "";
    this.other = other;
    const { sides } = this;
    this.panels.classList.toggle("two", sides.length > 1);
    this.panels.replaceChildren(...sides.map(({ panel }) => panel.root));
    for (const { panel } of sides) panel.named(sides.length > 1);
    await this.ask();
  }

  /** @returns undefined for no run, or one that is gone */
  private async besideOf(run: string): Promise<EpisodeSide | undefined> {
    if (run === "") return undefined;
    if (this.other?.choice.run === run) {
      this.other.choice.restore();
      return this.other;
    }
    const isSame = run === this.details.run;
    const details = isSame ? this.details : await askJson<RunDetails>(runPath(run)).catch(() => undefined);
    return (
      details && this.side("beside-step", "Checkpoint beside it", details, isSame ? "first" : this.first)
    );
  }

  private get sides(): EpisodeSide[] {
    return [this.main, this.other].filter((side) => side !== undefined);
  }

  /** Loads the chosen episodes. Only once at a time; a choice made meanwhile is loaded afterwards. */
  private async ask(): Promise<void> {
    if (this.asking) {
      this.askAgain = true;
      return;
    }
    this.asking = true;
    do {
      this.askAgain = false;
      const query = new URLSearchParams(this.fields.map(({ name, input }) => [name, input.value]));
      await Promise.all(this.sides.map((side) => side.load(query)));
      this.draw();
    } while (this.askAgain);
    this.asking = false;
  }

  private draw(): void {
    const { sides } = this;
    const times = sides.map(({ data }) => data?.times ?? 0);
    this.picture.hidden = typeof this.main?.played === "string";
    this.picture.href = this.main?.picturePath ?? "";
    const shown = sides.flatMap((side) => (side.data ? [{ panel: side.panel, data: side.data }] : []));
    const looks = shown.map(({ data }) => ({ slots: this.slotsOf(data), apart: this.apart.checked }));
    const all = shown.map(({ data }, index) => stripsOf(data, looks[index]!));
    const strips = withSharedColours(all);
    const stills = withSharedColours(shown.map(({ data }, index) => stillsOf(data, looks[index]!.slots)));
    this.headsLabel.hidden = !all.flat().some(isFolded);
    this.alike.hidden = shown.length < 2;
    for (const { panel, played } of sides) if (typeof played === "string") panel.clear(played);
    for (const [index, { panel, data }] of shown.entries()) {
      const unfolded = strips[index]!.filter((strip) => this.everyHead.checked || !isFolded(strip));
      panel.show({ data, strips: unfolded, stills: stills[index]! }, this.noteOn(data));
    }
    const most = Math.max(0, ...times);
    if (most === 0) return;
    this.time.setMax(most - 1);
    const mask = sides.find(({ data }) => data)!.data!.tensors.mask!.data;
    this.time.set(this.chosenTime ?? Math.max(0, mask.indexOf(1)));
    this.showTime();
  }

  /** Returns the slots to show: those in use on any side, so that pictures side by side have the same rows. */
  private slotsOf(data: EpisodeData): number[] {
    const all = allSlots(data);
    if (this.everySlot.checked) return all;
    const alike = this.sides.flatMap((side) =>
      side.data && allSlots(side.data).length === all.length ? [side.data] : [],
    );
    const used = new Set(alike.flatMap(slotsInUse));
    return used.size > 0 ? all.filter((slot) => used.has(slot)) : all;
  }

  private noteOn(data: EpisodeData): string {
    const main = this.main?.data;
    const differs = main !== undefined && !isSameEpisode(main, data);
    return [
      slotsText(data),
      data.tensors.usage && !data.tensors.link ? "The links are too large to show." : "",
      differs ? "This run's episode is another one, because its task has other settings." : "",
    ]
      .filter((sentence) => sentence !== "")
      .join(" ");
  }

  private moveTime(time: number): void {
    this.chosenTime = time;
    move({ time: String(time + 1) });
    this.showTime();
  }

  private showTime(): void {
    for (const { panel } of this.sides) panel.showTime(this.time.value);
  }
}

/** How many heads of a kind have strips of their own at first. */
const headsShown = 2;

/** Whether the strip is shown only when all heads are asked for. */
function isFolded({ head = 0 }: Strip): boolean {
  return head >= headsShown;
}

/** A number that chooses the episode. */
interface Field {
  readonly name: string;
  /** Its name in the page's address. */
  readonly key: string;
  readonly input: HTMLInputElement;
  readonly standard: number;
  /** The bound in words. */
  readonly bound: string | HTMLElement;
}

function sizeField({ name, trained, first, max }: EpisodeSize): Field {
  const [least, most] = trained;
  const bound = `1 to ${whole(max)}, trained on ${least === most ? whole(most) : `${whole(least)} to ${whole(most)}`}`;
  return {
    ...field(`size.${name}`, name, first, 1, max),
    bound: element("span", { class: "of" }, ` ${bound}`),
  };
}

function field(key: string, name: string, standard: number, min: number, max: number): Field {
  const input = element("input", {
    type: "number",
    value: standard,
    min,
    max,
    step: 1,
    inputmode: "numeric",
  });
  return { key, name, input, standard, bound: "" };
}
