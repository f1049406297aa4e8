/** The choice of one of a run's checkpoints, kept in the page's address. */

import type { RunDetails } from "../shared/api.ts";
import { nearestStep, shownSteps } from "../shared/checkpoints.ts";
import { whole } from "../shared/text.ts";
import { move, stated } from "./address.ts";
import { type Playback, playback } from "./playback.ts";

/** The checkpoint shown if the address names none. */
export type First = "first" | "newest" | "best";

const everyMs = 400;

export interface ChoiceOptions {
  /** Of the slider's element, and of the step in the address. */
  readonly id: string;
  readonly name: string;
  readonly details: RunDetails;
  readonly first: First;
  readonly onMove: () => Promise<void>;
}

export class CheckpointChoice {
  readonly playback: Playback;
  private readonly options: ChoiceOptions;
  private details: RunDetails;
  private steps: readonly number[];

  constructor(options: ChoiceOptions) {
    this.options = options;
    this.details = options.details;
    this.steps = shownSteps(options.details);
    this.playback = playback({
      ...{ id: options.id, name: options.name, what: options.name.toLowerCase(), everyMs },
      text: (index) => `step ${whole(this.steps[index] ?? 0)}`,
      onMove: () => {
        const isStandard = this.step === this.standard();
        move({ [options.id]: isStandard || this.step === undefined ? null : String(this.step) });
        return options.onMove();
      },
    });
    this.restore();
  }

  get run(): string {
    return this.details.run;
  }

  /** The chosen step; undefined if there is no checkpoint yet. */
  get step(): number | undefined {
    return this.steps[this.playback.value];
  }

  /** Takes the choice from the address. */
  restore(): void {
    const wanted = stated(this.options.id);
    const isStep = wanted !== null && /^\d{1,16}$/.test(wanted);
    this.set(isStep ? nearestStep(this.steps, Number(wanted)) : this.standard());
  }

  /** Reads the run's checkpoints again. @returns whether another one is chosen now */
  update(details: RunDetails): boolean {
    const before = this.step;
    const wasStandard = before === this.standard();
    this.details = details;
    this.steps = shownSteps(details);
    this.set(wasStandard || before === undefined ? this.standard() : nearestStep(this.steps, before));
    return this.step !== before;
  }

  /** Replaces a checkpoint that was thinned out by the nearest one, which the server played in its place. */
  replace(gone: number, played: number): void {
    const chosen = this.step;
    const others = this.steps.filter((step) => step !== gone && step !== played);
    this.steps = [...others, played].sort((a, b) => a - b);
    this.set(chosen === gone ? played : chosen);
  }

  /** Chooses a step again whose episode is still shown. */
  stay(step: number): void {
    if (!this.steps.includes(step)) this.steps = [...this.steps, step].sort((a, b) => a - b);
    this.set(step);
  }

  private standard(): number | undefined {
    const { first } = this.options;
    if (first === "first") return this.steps[0];
    return (first === "best" ? this.details.best : null) ?? this.steps.at(-1);
  }

  private set(step: number | undefined): void {
    this.playback.setMax(Math.max(0, this.steps.length - 1));
    this.playback.set(Math.max(0, step === undefined ? -1 : this.steps.indexOf(step)));
  }
}
