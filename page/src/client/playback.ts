/** A slider with a button that plays it to its end, and from the beginning again. */

import { element } from "./dom.ts";

export interface Playback {
  readonly root: HTMLElement;
  readonly slider: HTMLInputElement;
  /** Sets the maximum; the value is kept as far as possible. */
  setMax(max: number): void;
  set(value: number): void;
  readonly value: number;
}

export interface PlaybackOptions {
  readonly id: string;
  readonly name: string;
  /** What the button plays, for its label. */
  readonly what: string;
  readonly everyMs: number;
  /** The value in words, shown beside the slider. */
  readonly text: (value: number) => string;
  /** Resolves once the value is shown; playback waits for it. */
  readonly onMove: (value: number) => Promise<void> | void;
}

export function playback({ id, name, what, everyMs, text, onMove }: PlaybackOptions): Playback {
  const slider = element("input", { type: "range", id, min: 0, max: 0, value: 0, step: 1 });
  // Hidden from screen readers, because the slider announces the same text.
  const output = element("span", { class: "value", "aria-hidden": "true" });
  const button = element("button", { type: "button", class: "play", "aria-pressed": "false" });
  let timer: ReturnType<typeof setTimeout> | undefined;

  const say = () => {
    output.textContent = text(Number(slider.value));
    slider.setAttribute("aria-valuetext", output.textContent);
  };
  const label = () => {
    const playing = timer !== undefined;
    button.textContent = playing ? "❚❚" : "▶";
    button.setAttribute("aria-label", `${playing ? "Pause" : "Play"} ${what}`);
    button.setAttribute("aria-pressed", String(playing));
  };
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
    label();
  };
  const move = async (value: number) => {
    slider.value = String(value);
    say();
    await onMove(value);
  };
  const next = async () => {
    const [value, max] = [Number(slider.value), Number(slider.max)];
    if (value >= max) return stop();
    await move(value + 1);
    if (timer !== undefined) timer = setTimeout(() => void next(), everyMs);
  };
  button.addEventListener("click", () => {
    if (timer !== undefined) return stop();
    timer = setTimeout(() => void next(), everyMs);
    label();
    if (slider.value === slider.max) void move(0);
  });
  slider.addEventListener("input", () => {
    stop();
    void move(Number(slider.value));
  });
  label();
  const root = element(
    "div",
    { class: "playback" },
    element("label", { for: id }, name),
    button,
    slider,
    output,
  );
  return {
    root,
    slider,
    setMax(max) {
      slider.max = String(max);
      say();
    },
    set(value) {
      slider.value = String(value);
      say();
    },
    get value() {
      return Number(slider.value);
    },
  };
}
