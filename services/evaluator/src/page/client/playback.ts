/** A slider with a button that moves it on by itself, to its end and from its beginning again. */

import { element } from "./dom.ts";

export interface Playback {
  readonly root: HTMLElement;
  readonly slider: HTMLInputElement;
  /** How far it goes; stays where it is as far as it can. */
  setMax(max: number): void;
  set(value: number): void;
  readonly value: number;
}

export interface PlaybackOptions {
  readonly id: string;
  readonly name: string;
  /** Of the button: what moves. */
  readonly what: string;
  readonly everyMs: number;
  /** The value in words, beside the slider. */
  readonly text: (value: number) => string;
  /** Resolves once it is shown: playing waits for that. */
  readonly onMove: (value: number) => Promise<void> | void;
}

export function playback({ id, name, what, everyMs, text, onMove }: PlaybackOptions): Playback {
  const slider = element("input", { type: "range", id, min: 0, max: 0, value: 0, step: 1 });
  // The slider says it itself.
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
