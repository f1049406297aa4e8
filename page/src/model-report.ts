/** Writes the report of a model from a file: what a run's report has, without the run. */

import { html } from "hono/html";
import { type Learner, parametersHash } from "memnet";
import { EpisodeRunner } from "./episode.ts";
import { episodeSvg } from "./episode-picture.ts";
import { episodeNote, settingsList } from "./html.ts";
import { architectureTable, pictureFigure, reportPage, writeFiles } from "./report-parts.ts";
import { networkText } from "./run-data.ts";
import { readEpisode } from "./shared/episode.ts";
import { firstSizes } from "./shared/sizes.ts";
import { episodeHeading } from "./shared/text.ts";

export interface ModelReportOptions {
  /** What the report calls the model. */
  readonly name: string;
  readonly learner: Learner;
  /** The path of a user's own task file. */
  readonly taskFile: string | null;
  /** The output folder; created if missing. Existing files of the same names are replaced. */
  readonly folder: string;
  /** The episode's sizes by name; the others are the largest of training. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Null takes the configuration's own seed. */
  readonly seed: number | null;
}

/**
 * Writes the report.
 *
 * @returns the files' paths, the page first
 * @throws RangeError if a size cannot be played
 */
export async function writeModelReport(options: ModelReportOptions): Promise<string[]> {
  const { name, learner, taskFile, folder, sizes, seed } = options;
  const { training } = learner;
  const runner = new EpisodeRunner();
  try {
    const job = { training, taskFile };
    const model = await runner.describe(job);
    const asked = {
      ...job,
      sizes: { ...firstSizes(model.sizes), ...sizes },
      seed: seed ?? training.seed,
      episode: 0,
    };
    const file = await runner.playModel(asked, learner);
    const svg = episodeSvg(name, readEpisode(file.slice().buffer));
    const page = await reportPage(
      name,
      html`<h1>${name}</h1>
<p class="note">${networkText(training)} on ${training.task.name}, parameters SHA-256 <code>${parametersHash(learner.parameters)}</code></p>
<h2>${episodeHeading(training.model).title}</h2>
${episodeNote(training.model)}
${pictureFigure(svg, "episode.svg")}
<h2>Architecture</h2>
${architectureTable(model)}
<h2>Configuration</h2>
${settingsList(training)}`,
    );
    return await writeFiles(
      folder,
      new Map([
        ["report.html", page],
        ["episode.svg", svg],
      ]),
    );
  } finally {
    runner.dispose();
  }
}
