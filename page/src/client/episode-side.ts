/** One of the episodes shown side by side: the checkpoint chosen for it, and its panel. */

import { type EpisodeData, readEpisode } from "../shared/episode.ts";
import { ask, NoAnswerError, runPath } from "./ask.ts";
import { CheckpointChoice, type ChoiceOptions } from "./checkpoint-choice.ts";
import { EpisodePanel } from "./episode-panel.ts";

export class EpisodeSide {
  readonly choice: CheckpointChoice;
  readonly panel: EpisodePanel;
  /** The episode, or why there is none. */
  played: EpisodeData | string = "Loading …";

  /** @param onPick called with the time at a clicked position of a strip */
  constructor(options: ChoiceOptions, onPick: (time: number) => void) {
    this.choice = new CheckpointChoice(options);
    this.panel = new EpisodePanel(options.details.run, this.choice.playback.root, onPick);
  }

  /** Where the shown episode is as a file for print. */
  picturePath = "";
  /** The query that the shown episode was asked with. */
  private shown = "";

  get data(): EpisodeData | undefined {
    return typeof this.played === "string" ? undefined : this.played;
  }

  /** @param query the sizes, seed and number of the episode */
  async load(query: URLSearchParams): Promise<void> {
    const { choice } = this;
    const { step } = choice;
    if (step === undefined) {
      this.played = "There is no checkpoint yet: the first comes with the first snapshot.";
      return;
    }
    const asked = new URLSearchParams(query);
    asked.set("step", String(step));
    try {
      const response = await ask(runPath(choice.run, `/episode?${asked}`));
      this.picturePath = runPath(choice.run, `/episode.svg?${asked}`);
      this.played = readEpisode(await response.arrayBuffer());
      const played = Number(this.played.metadata.step);
      this.shown = String(query);
      if (played !== step) choice.replace(step, played);
    } catch (error) {
      // A server that ends with its run leaves no time to play the last checkpoint: the one before stays in view.
      if (error instanceof NoAnswerError && this.data && this.shown === String(query)) {
        choice.stay(Number(this.data.metadata.step));
        return;
      }
      this.played = (error as Error).message;
    }
  }
}
