/** Writes a sweep's report: one page that needs no server, its pictures, and all figures as CSV. */

import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import type { SweepRecord } from "@memnet/protocol";
import {
  readIndexed,
  readSweep,
  runNames,
  type SweepRun,
  sweepNames,
  sweepRuns,
  validation,
} from "@memnet/runs";
import { systemDisk } from "@memnet/service/disk";
import { html } from "hono/html";
import { chartSvg, pictureFigure, reportPage, writeFiles } from "./report-parts.ts";
import { chartOption, chartText, chartTitles } from "./shared/chart.ts";
import { lightTheme } from "./shared/palette.ts";
import { endOf } from "./shared/plot.ts";
import { type Sweep, type SweepFigure, type SweepPoint, settingPaths, sweepFigures } from "./shared/sweep.ts";
import { drawnMax, settingOption, settingText, sweepLines, variedPaths } from "./shared/sweep-chart.ts";
import { type Column, pointColumns, runColumns, runRows, stateText } from "./shared/sweep-columns.ts";
import { ordered } from "./shared/sweep-rows.ts";
import { aboutText, bandNote, pointsNote, settingFigureNames } from "./shared/sweep-text.ts";
import { evaluationsCsv, evaluationsHead, type LastRecord, lastRecord, runsCsv } from "./sweep-csv.ts";
import { comparedIn, pointOf, type RunOfSweep, resolutionOf, runOfSweep, sweepOf } from "./sweep-points.ts";

export interface SweepReportOptions {
  /** The runs folder. */
  readonly root: string;
  readonly sweep: string;
  /** The output folder; created if missing. Existing files of the same names are replaced. */
  readonly folder: string;
}

const fileNames: Readonly<Record<SweepFigure, string>> = {
  wrongBits: "wrong-bits.svg",
  lossBits: "bits.svg",
  exact: "exact.svg",
};

/** Whether the name is a sweep's. A run of the same name comes first. */
export async function isSweep(root: string, name: string): Promise<boolean> {
  if ((await runNames(systemDisk, root)).includes(name)) return false;
  return (await sweepNames(systemDisk, root)).includes(name);
}

/**
 * Writes the report.
 *
 * @returns the files' paths, the page first
 * @throws RangeError if there is no such sweep, or it cannot be read
 */
export async function writeSweepReport({ root, sweep: name, folder }: SweepReportOptions): Promise<string[]> {
  const record = await readSweep(systemDisk, root, name);
  if (!record) throw new RangeError(`Cannot read sweep ${name} in ${root}`);
  await systemDisk.mkdir(folder);
  const evaluations = join(folder, "evaluations.csv");
  const { runs, last } = await readRuns(root, record, evaluations);
  const compared = comparedIn(record);
  const resolution = resolutionOf(compared);
  const points = record.points.map((point) => {
    const own = runs.filter(({ label }) => label === point.label);
    return pointOf(record, point, own, resolution);
  });
  // The best first, as on the page.
  const sweep = sweepOf(compared, ordered(points, null), [validation]);
  const curves = new Map(sweepFigures.map((figure) => [fileNames[figure], curveSvg(figure, sweep)]));
  const settings = new Map(
    variedPaths(settingPaths(points), points).map((path) => [settingFile(path), settingSvg(path, sweep)]),
  );
  const page = await reportHtml(sweep, curves, settings);
  const files = await writeFiles(
    folder,
    new Map([["report.html", page], ...curves, ...settings, ["runs.csv", runsCsv(record, runs, last)]]),
  );
  return [...files, evaluations];
}

/** Reads the runs one after another, and writes all their evaluations, of which it keeps only those of validation. */
async function readRuns(root: string, record: SweepRecord, path: string) {
  const runs: RunOfSweep[] = [];
  const last = new Map<string, LastRecord>();
  const file = await open(path, "w");
  try {
    await file.write(evaluationsHead);
    for (const one of sweepRuns(record)) runs.push(await readRun(root, one, record, last, file));
  } finally {
    await file.close();
  }
  return { runs, last };
}

async function readRun(
  root: string,
  one: SweepRun,
  { goal }: SweepRecord,
  last: Map<string, LastRecord>,
  file: FileHandle,
): Promise<RunOfSweep> {
  const read = await readIndexed(systemDisk, root, one.run);
  if (!read) return runOfSweep(one, null, goal);
  const { config, state, index } = read;
  last.set(one.run, lastRecord(read));
  await file.write(evaluationsCsv(one, index.evaluations, config.training.sequencesPerStep));
  const whole = runOfSweep(one, { config, state, evaluations: index.evaluations, training: null }, goal);
  const evaluations = index.evaluations
    .filter(({ split }) => split === validation)
    .sort((a, b) => a.step - b.step);
  return { ...whole, begun: { config, state, evaluations, training: null } };
}

function curveSvg(figure: SweepFigure, { name, points }: Sweep): string {
  const drawn = points.slice(0, drawnMax).map((point, style) => ({ point, style, open: false }));
  const across = "sequences";
  const lines = sweepLines({ figure, across, drawn, others: points.slice(drawnMax), sweep: name });
  return chartSvg({
    title: chartText(figure, lines, across),
    heading: chartTitles[figure],
    across: `training ${across}`,
    option: chartOption({
      ...{ figure, across, lines, scale: "log", theme: lightTheme, steps: endOf(lines) },
      ...{ levels: [], stages: [] },
    }),
    names: drawn.map(({ point }) => point.label || name),
    below: true,
  });
}

/** A path has no other characters, unless a person wrote the sweep's file by hand. */
function settingFile(path: string): string {
  return `by-${path.replace(/[^\w.-]/g, "_")}.svg`;
}

function settingSvg(path: string, { goalFigure: by, points }: Sweep): string {
  return chartSvg({
    title: settingText(path, by, points),
    heading: settingFigureNames[by],
    across: path,
    option: settingOption({ path, by, points, scale: "log", theme: lightTheme }),
    ...{ names: [], width: 480, height: 280 },
  });
}

async function reportHtml(
  sweep: Sweep,
  curves: ReadonlyMap<string, string>,
  settings: ReadonlyMap<string, string>,
): Promise<string> {
  const { name, points } = sweep;
  const ownPoint: Column<SweepPoint> = {
    ...{ name: "Point", isNumber: false },
    cell: ({ label }) => ({ text: label || name }),
  };
  const ownRun: Column<ReturnType<typeof runRows>[number]>[] = [
    { name: "Run", isNumber: false, cell: ({ run }) => ({ text: run }) },
    { name: "State", isNumber: false, cell: (row) => ({ text: stateText(row) }) },
  ];
  return reportPage(
    name,
    html`<h1>${name}</h1>
<p class="note">${aboutText(sweep)}</p>
<h2>Curves</h2>
<p class="note">${bandNote}</p>
${[...curves].map(([name, svg]) => pictureFigure(svg, name))}
<h2>Points</h2>
<p class="note">${pointsNote}</p>
${table([ownPoint, ...pointColumns(sweep)], points)}
<h2>Settings</h2>
${settings.size === 0 ? html`<p class="note">No setting varies between the points.</p>` : html`<div class="charts">${[...settings].map(([name, svg]) => pictureFigure(svg, name))}</div>`}
<h2>Runs</h2>
${table([...ownRun, ...runColumns], runRows(sweep, points), "runs")}`,
  );
}

/** @param look the class of the table on the page, if it looks as there */
function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[], look = "") {
  const kind = ({ isNumber }: Column<Row>) => (isNumber ? html` class="number"` : "");
  return html`<div class="scroll"><table class="${look}">
<thead><tr>${columns.map((column) => html`<th scope="col"${kind(column)}>${column.name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`
<tr>${columns.map((column) => {
      const { text, beside, below } = column.cell(row);
      return html`<td${kind(column)}>${text}${beside ? html`<span class="beside">${beside}</span>` : ""}${below ? html`<span class="below">${below}</span>` : ""}</td>`;
    })}</tr>`,
  )}</tbody>
</table></div>`;
}
