/** Writes a run's report: one page that needs no server, and its pictures as separate files. */

import { nearestPreset, noSuchRun, readIndexed } from "@memnet/runs";
import { systemDisk } from "@memnet/service/disk";
import { html } from "hono/html";
import { curvesOf } from "./curves.ts";
import { EpisodeRunner } from "./episode.ts";
import { episodeSvg } from "./episode-picture.ts";
import { configuration, episodeNote, facts } from "./html.ts";
import { architectureTable, chartSvg, pictureFigure, reportPage, writeFiles } from "./report-parts.ts";
import { eventSection, type RunRecord, recordSection } from "./report-record.ts";
import { RunData } from "./run-data.ts";
import type { Curves, ModelDetails, RunDetails } from "./shared/api.ts";
import { chartOption, chartText, chartTitles } from "./shared/chart.ts";
import { readEpisode } from "./shared/episode.ts";
import { lightTheme } from "./shared/palette.ts";
import { type FigureName, legendOf, levelsOf, linesOf } from "./shared/plot.ts";
import { firstSizes } from "./shared/sizes.ts";
import { episodeHeading } from "./shared/text.ts";

export interface ReportOptions {
  /** The runs folder. */
  readonly root: string;
  readonly run: string;
  /** The output folder; created if missing. Existing files of the same names are replaced. */
  readonly folder: string;
  /** The episode's sizes by name; the others are the largest of training. */
  readonly sizes: Readonly<Record<string, number>>;
  /** Null takes the run's own seed. */
  readonly seed: number | null;
  /** The command that verifies the run. */
  readonly verify: string;
}

const points = 600;
const figures: readonly FigureName[] = ["loss", "wrongBits", "exact", "gradient"];
const fileNames: Readonly<Record<FigureName, string>> = {
  gradient: "gradient.svg",
  loss: "loss.svg",
  wrongBits: "wrong-bits.svg",
  exact: "exact.svg",
};

/**
 * Writes the report.
 *
 * @returns the files' paths, the page first
 * @throws DamagedRunError if there is no such run, RangeError if a size cannot be played
 */
export async function writeReport({
  root,
  run,
  folder,
  sizes,
  seed,
  verify,
}: ReportOptions): Promise<string[]> {
  // The report does not ask whether the run is being trained now; it shows the state from the files.
  const data = new RunData({ disk: systemDisk, root, held: async () => true });
  const found = await data.find(run);
  if (!found) throw noSuchRun(run, root);
  const runner = new EpisodeRunner();
  try {
    const details = await data.details(found);
    const job = { training: found.config.training, taskFile: found.config.operation.taskFile };
    const model = await runner.describe(job);
    const curves = curvesOf(run, await data.metrics(run).read(), points);
    const pictures = new Map(
      figures.map((figure) => [fileNames[figure], curveSvg(figure, curves, details, model)]),
    );
    const step = details.best ?? details.checkpoints.at(-1);
    if (step !== undefined) {
      const path = (await data.checkpoint(found, step))!;
      const asked = { ...job, path, sizes: { ...firstSizes(model.sizes), ...sizes } };
      const file = await runner.play({ ...asked, seed: seed ?? details.seed, episode: 0 });
      const episode = readEpisode(file.slice().buffer);
      pictures.set("episode.svg", episodeSvg(run, episode));
    }
    const indexed = await readIndexed(systemDisk, root, run);
    const [newest] = [...(indexed?.index.checkpoints ?? [])].sort(([a], [b]) => b - a);
    const record = {
      details,
      checkpoint: newest ? { step: newest[0], sha256: newest[1] } : null,
      from: nearestPreset(found.config.training),
      verify,
    };
    const page = await reportHtml(details, curves, model, pictures, record);
    return await writeFiles(folder, new Map([["report.html", page], ...pictures]));
  } finally {
    runner.dispose();
  }
}

function curveSvg(figure: FigureName, curves: Curves, details: RunDetails, model: ModelDetails): string {
  const lines = linesOf(figure, curves);
  const option = chartOption({
    ...{ figure, lines, scale: "log", theme: lightTheme },
    steps: Math.max(1, curves.training.steps.at(-1) ?? details.steps),
    levels: levelsOf(figure, curves, model.guessingLoss, details.goal),
    stages: model.stages,
  });
  return chartSvg({
    title: chartText(figure, lines),
    heading: chartTitles[figure],
    across: "training steps",
    option,
    names: legendOf(curves)
      .filter(({ key }) => lines.some((line) => line.key === key))
      .map(({ name }) => name),
  });
}

async function reportHtml(
  details: RunDetails,
  curves: Curves,
  model: ModelDetails,
  pictures: ReadonlyMap<string, string>,
  record: RunRecord,
): Promise<string> {
  const { run } = details;
  return reportPage(
    run,
    html`<h1>${run}</h1>
<p class="note">${details.network} on ${details.task}, ${details.state}</p>
${facts(details, curves)}
<h2>Curves</h2>
${[...pictures].map(([name, svg]) => html`${name === "episode.svg" ? html`<h2>${episodeHeading(details.model).title}</h2>${episodeNote(details.model)}` : ""}${pictureFigure(svg, name)}`)}
<h2>Architecture</h2>
${architectureTable(model)}
${recordSection(record)}
${eventSection(curves.events)}
<h2>Configuration</h2>
${configuration(details)}`,
  );
}
