/** Makes every file in docs/results that is made from data: the pictures and the page. */

import { type Picture, svgText } from "@memnet/page/svg";
import { bestOf, groupedBy } from "@memnet/runs";
import { duration, figure, share, whole } from "@memnet/terminal";
import type { PresetName } from "memnet";
import { beyondCurves, comparison, curves } from "./curves.ts";
import {
  type Files,
  goalWrongBits,
  presetNames,
  presetText,
  type Result,
  sizesBeyond,
  taskText,
} from "./result.ts";
import { evaluationsInRow, learningOf, nearlyAllShare } from "./solved.ts";

export function drawn(results: readonly Result[]): Files {
  const files = new Map<string, string>();
  const page = [opening()];
  for (const preset of presetNames) {
    const own = results.filter(({ record }) => record.preset === preset);
    if (own.length === 0) continue;
    const beyond = beyondCurves(preset, own);
    const pictures = { curves: curves(preset, own), ...(beyond && { beyond }) };
    for (const [name, picture] of Object.entries(pictures)) {
      files.set(`${preset}/${name}.svg`, svgText(picture));
    }
    page.push(section(preset, own, pictures));
  }
  if (files.size === 0) page.push("No run has been collected yet.\n");
  else page.splice(1, 0, ...learningSections(results, files));
  return files.set("README.md", page.join("\n"));
}

/** Compares the presets of each task, and with what others have published. */
function learningSections(results: readonly Result[], files: Map<string, string>): string[] {
  // The original's presets take a hundred times as many sequences, and would fill the pictures.
  const soon = results.filter(({ record }) => !record.preset.startsWith("original-"));
  const tasks = [...groupedBy(soon, ({ record }) => taskText(record.preset))];
  const sections = tasks.flatMap(([task, all]) => {
    const byPreset = [...groupedBy(all, ({ record }) => record.preset).values()];
    if (byPreset.length < 2) return [];
    const name = `compared-${task.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, "")}`;
    const picture = comparison(task, "median and quartiles over the seeds", byPreset);
    files.set(`${name}.svg`, svgText(picture));
    return [`![${picture.title}](${name}.svg)\n`];
  });
  const rows = [...groupedBy(results, ({ record }) => record.preset)].map(([preset, own]) => {
    const { runs, solved, kept, sequences, left, wallSeconds, beyond } = learningOf(own);
    const furthest = beyond.at(-1);
    return [
      `[${preset}](#${preset})`,
      `${solved} of ${runs}`,
      `${kept} of ${solved}`,
      sequences ? whole(sequences.median) : "",
      sequences ? `${whole(sequences.lower)}–${whole(sequences.upper)}` : "",
      sequences ? whole(sequences.highest) : "",
      left ? figure(left.median) : "",
      wallSeconds ? duration(wallSeconds.median) : "",
      furthest
        ? `${furthest.size}: ${share(furthest.exact.median)}, ${furthest.nearlyAll} of ${furthest.exact.runs}`
        : "",
    ];
  });
  return [
    "## How soon each preset learns\n",
    `A task is solved at the first of ${evaluationsInRow} evaluations in a row with fewer than ${goalWrongBits} wrong bits; ` +
      "*kept* counts the seeds that end below that. Sequences are those trained on until then, over the seeds that solved " +
      "it; *wrong bits left* is the median over all seeds at the end. The time is a whole run's, two at a time on two cores of several machines, " +
      "some beside other work. The last column has the largest size beyond training: " +
      `the median share of exact sequences, and how many seeds reach ${nearlyAllShare * 100} %.\n`,
    markdownTable(
      [
        "preset",
        ">solved",
        ">kept",
        ">sequences, median",
        ">quartiles",
        ">worst",
        ">wrong bits left",
        ">a run takes",
        "beyond training",
      ],
      rows,
    ),
    "What others have published of the same tasks, in sequences:\n",
    markdownTable(
      ["task", "network", ">sequences", "source"],
      [
        ["copy, length 1–20", "NTM", "100,000–200,000", "Graves et al. 2014, arXiv 1410.5401, section 4.1"],
        ["copy, length 1–20", "NTM", "17,000", "loudinthecloud/pytorch-ntm"],
        [
          "repeat-copy, length 1–10, repeats 1–10",
          "NTM",
          "100,000–150,000",
          "Graves et al. 2014, section 4.2",
        ],
        ["repeat-copy, length 1–10, repeats 1–10", "NTM", "30,000", "loudinthecloud/pytorch-ntm"],
        ["associative recall, 2–6 items", "NTM", "30,000", "Graves et al. 2014, section 4.3"],
      ],
    ),
    ...sections,
  ];
}

function opening(): string {
  return `# Results

Presets, each trained from several seeds, by a sweep or one after the other:

    npx memnet sweep --name learning --grid preset=copy-ntm,copy-lstm --seeds 1..10
    npx memnet train --preset original-ntm-copy --seeds 1..3 --run original
    npm run results -- collect runs
    npm run results -- draw

A table with fewer steps than the preset's was made with \`--steps\`. \`collect\` takes the finished runs of a runs
folder, recognised by their configuration, and writes for each \`PRESET/seed-N.csv\`, a line for every evaluated step and
split, and \`PRESET/seed-N.json\`, which holds what is needed to train it again and compare its bits. \`draw\` makes the
pictures and this page from these files alone; a test draws them again.

In the CSV files \`sequences\` counts those trained on up to the step, and \`measured\` those that the figures are means
over. \`training\` is the mean loss since the previous evaluation. \`validation\` has the sizes of training, with sequences
that are never trained on; \`length-20\` and the like are sizes beyond training, at every tenth evaluation. Below, a task
is learnt with fewer than ${goalWrongBits} wrong bits per validation sequence; the best step is the one kept as
\`best.safetensors\`; the time is from a run's opening to its end, left out if it was stopped and resumed. A log axis has
no 0: the pictures show it, and everything below 0.001, on the lowest line.

[tried.md](tried.md) has the experiments behind the presets, and what failed.
`;
}

function section(
  preset: PresetName,
  results: readonly Result[],
  pictures: Readonly<Record<string, Picture>>,
): string {
  const sizes = sizesBeyond(results);
  return [
    `## ${preset}\n`,
    `${presetText(preset)}.\n`,
    ...Object.entries(pictures).map(([name, { title }]) => `![${title}](${preset}/${name}.svg)\n`),
    markdownTable(
      ["seed", ">learnt at step", ">after sequences", ">best at step", ">wrong bits", ">exact"],
      results.map(learning),
    ),
    ...(sizes.length > 0
      ? [
          "Sizes beyond training when last measured: share of exact sequences, wrong bits per sequence.\n",
          markdownTable(
            ["seed", ">at step", ...sizes.map((size) => `>${size}`)],
            results.map((result) => beyond(result, sizes)),
          ),
        ]
      : []),
    markdownTable(
      ["seed", ">steps", ">time", "engine", "memnet", "Node.js", "final parameters, SHA-256"],
      results.map(provenance),
    ),
  ].join("\n");
}

function learning({ record, rows }: Result): string[] {
  const validation = rows.filter(({ split }) => split === "validation");
  const learnt = validation.find(({ wrongBits }) => wrongBits !== null && wrongBits < goalWrongBits);
  // The evaluator chooses best.safetensors in the same way.
  const best = bestOf(validation.map((row) => ({ ...row, kind: "evaluation", loss: row.lossBits })));
  return [
    String(record.seed),
    ...(learnt ? [whole(learnt.step), whole(learnt.sequences)] : ["not reached", ""]),
    ...(best ? [whole(best.step), figure(best.wrongBits), share(best.exact)] : ["", "", ""]),
  ];
}

function beyond({ record, rows }: Result, sizes: readonly string[]): string[] {
  const last = sizes.map((size) => rows.findLast(({ split }) => split === size));
  const step = last.findLast((row) => row !== undefined)?.step;
  const figures = last.map((row) =>
    row && row.exact !== null && row.wrongBits !== null
      ? `${share(row.exact)}, ${figure(row.wrongBits)}`
      : "",
  );
  return [String(record.seed), step === undefined ? "" : whole(step), ...figures];
}

function provenance({ record }: Result): string[] {
  const { seed, steps, wallSeconds, engine, memnet, node, parametersSha256 } = record;
  const time = wallSeconds === null ? "" : duration(wallSeconds);
  return [String(seed), whole(steps), time, engine, memnet, node, `\`${parametersSha256}\``];
}

/** @param head titles as the command line's table() takes them: '>' aligns to the right */
function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const titles = head.map((title) => title.replace(/^>/, ""));
  const rule = head.map((title) => (title.startsWith(">") ? "---:" : "---"));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `${[titles, rule, ...rows].map(line).join("\n")}\n`;
}
