/** The page's HTML: everything that a browser shows before any script runs. hono's `html` escapes inserted values. */

import { html } from "hono/html";
import type { Curves, RunDetails, RunHead } from "./shared/api.ts";
import { leavesOf } from "./shared/difference.ts";
import { factsOf } from "./shared/facts.ts";
import { bandNote, curveFigureNames, pointsNote, settingFigureNames } from "./shared/sweep-text.ts";
import { episodeHeading, figureNames } from "./shared/text.ts";

type Html = ReturnType<typeof html>;

interface Page {
  readonly title: string;
  /** Selects what the script does, with `run` or `sweep` as its argument. */
  readonly kind: "runs" | "run" | "test" | "sweep" | "compare" | "message";
  readonly run?: string;
  readonly sweep?: string;
  /** The command that shows the run once the server is gone. */
  readonly show?: string | undefined;
  /** The scripts that the page needs beside its first. */
  readonly scripts?: readonly string[];
  readonly body: Html;
}

function page({ title, kind, run, sweep, show, scripts = [], body }: Page): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · memnet</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
<script type="module" src="/assets/page-main.js"></script>
${scripts.map(
  (name) => html`<link rel="modulepreload" href="/assets/${name}">
`,
)}</head>
<body data-page="${kind}" data-run="${run ?? ""}" data-sweep="${sweep ?? ""}" data-show="${show ?? ""}">
<a class="skip" href="#main">To the content</a>
<header class="top"><a class="brand" href="/">memnet</a>${
    run === undefined
      ? ""
      : html`<nav aria-label="This run"><a href="/env/${run}"${current(kind === "run")}>Training</a><a href="/env/${run}_test"${current(kind === "test")}>Test episodes</a></nav>`
  }</header>
<p class="away" id="away" role="status" hidden></p>
<main id="main" aria-busy="true">
${body}
<noscript><p class="note">Curves and episodes are drawn by a script: this page needs JavaScript.</p></noscript>
</main>
</body>
</html>`;
}

function current(yes: boolean): Html | string {
  return yes ? html` aria-current="page"` : "";
}

/** The lists of sweeps and runs, which the script fills. */
export function runsPage(scripts: readonly string[]): Html {
  return page({
    title: "Runs",
    kind: "runs",
    scripts,
    body: html`<section aria-labelledby="sweeps-heading" id="sweeps-section" hidden>
<h2 id="sweeps-heading" class="first">Sweeps</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Table of sweeps" id="sweeps"></div>
</section>
<section aria-labelledby="runs-heading">
<div class="bar"><h1 id="runs-heading">Runs</h1>
<div class="controls">
<label>Search <input type="search" id="search" placeholder="name, setting, #tag"></label>
<label>State <select id="state-filter"></select></label>
<label>Task <select id="task-filter"></select></label>
<label>Tag <select id="tag-filter"></select></label>
</div></div>
<p class="note" id="about">Loading …</p>
<p class="ticked"><a id="compare" href="/compare" hidden></a> <button type="button" id="untick" hidden>Untick all</button></p>
<div class="scroll" tabindex="0" role="region" aria-label="Table of runs" id="runs"></div>
</section>`,
  });
}

export function stateBadge(state: string, reason: string | null): Html {
  return html`<span class="state state-${state}" title="${reason ?? ""}">${state}</span>`;
}

interface RunPage {
  readonly scripts: readonly string[];
  /** Whether the server can ask which actors are connected. */
  readonly asks: boolean;
  /** The command that shows the run once the server is gone. */
  readonly show: string | undefined;
}

export function runPage(head: RunHead, { scripts, asks, show }: RunPage): Html {
  const { run, state, reason, model } = head;
  const { title } = episodeHeading(model);
  return page({
    title: run,
    kind: "run",
    ...{ run, show, scripts },
    body: html`${heading(head, "")}
<p class="note" id="reason"${reason === null ? html` hidden` : ""}>${reason ?? ""}</p>
<nav class="contents" aria-label="On this page">
<a href="#curves-heading">Curves</a><a href="#episode-heading">${title}</a><a href="#cluster-heading">The cluster</a><a href="#events-heading">What happened</a><a href="#model-heading">Architecture</a><a href="#config-heading">Configuration</a>
</nav>
<section aria-labelledby="figures-heading">
<h2 id="figures-heading" class="unseen">Figures</h2>
<div class="facts" id="facts" aria-live="off" data-state="${state}"></div>
</section>
<section aria-labelledby="curves-heading">
<div class="bar"><h2 id="curves-heading">Curves</h2>
<div class="controls">
<label>Against <select id="across"><option value="steps">steps</option><option value="sequences">sequences</option><option value="time">time</option></select></label>
<span id="zoom"></span>
<a href="/?tick=${run}">Compare</a>
<a href="/api/runs/${run}/curves.csv" download="${run}.csv">CSV</a>
</div></div>
<p class="note">Ctrl and the wheel, or two fingers, zoom; dragging moves; a double click shows all.</p>
<div class="legend" id="legend" role="group" aria-label="Lines shown"></div>
<div class="charts" id="charts"></div>
</section>
<section aria-labelledby="episode-heading">
<h2 id="episode-heading">${title}</h2>
${episodeNote(model)}
<div id="episode" class="loading"><p class="note">Loading …</p></div>
</section>
<section aria-labelledby="cluster-heading">
<h2 id="cluster-heading">The cluster</h2>
<div id="cluster"><p class="note">${asks ? "Asking which actors are connected …" : "This page only reads files. The page of the evaluator that serves the run lists its actors."}</p></div>
</section>
<section aria-labelledby="events-heading">
<div class="bar"><h2 id="events-heading">What happened</h2>
<div class="controls"><label>List <select id="listed"><option value="all">everything</option><option value="faults">faults and recoveries</option></select></label></div></div>
<div class="happened">
<div id="timeline"></div>
<div class="scroll events" tabindex="0" role="group" aria-label="Events, newest first"><ol id="events"></ol></div>
</div>
</section>
<section aria-labelledby="model-heading">
<h2 id="model-heading">Architecture</h2>
<div id="model"><p class="note">Loading …</p></div>
</section>
<section aria-labelledby="config-heading">
<h2 id="config-heading">Configuration</h2>
${configuration(head)}
</section>`,
  });
}

export function sweepPage(name: string, scripts: readonly string[]): Html {
  const body = comparedBody({ title: name, one: "point", many: "points", across: "sequences" });
  return page({ title: name, kind: "sweep", sweep: name, scripts, body });
}

/** @param runs the names of the runs that are compared */
export function comparisonPage(runs: readonly string[], scripts: readonly string[]): Html {
  const title = runs.length === 1 ? runs[0]! : `${runs.length} runs compared`;
  const options = runs.map((run) => html`<option value="${run}">${run}</option>`);
  return page({
    title,
    kind: "compare",
    scripts,
    body: html`${comparedBody({ title, one: "group", many: "groups", across: "steps" })}
<section aria-labelledby="difference-heading">
<div class="bar"><h2 id="difference-heading">Difference</h2>
<div class="controls"><label>Between <select id="one">${options}</select></label><label>and <select id="other">${options}</select></label></div></div>
<div class="scroll" tabindex="0" role="region" aria-label="Difference of two configurations" id="difference"></div>
</section>`,
  });
}

interface Compared {
  readonly title: string;
  /** What is compared, in the singular and the plural. */
  readonly one: string;
  readonly many: string;
  /** What the horizontal axis counts at first. */
  readonly across: "sequences" | "steps";
}

function comparedBody({ title, one, many, across }: Compared): Html {
  const capital = `${many[0]!.toUpperCase()}${many.slice(1)}`;
  const axes = across === "sequences" ? ["sequences", "steps", "time"] : ["steps", "sequences", "time"];
  return html`<h1>${title}</h1>
<p class="note" id="about">Loading …</p>
<p class="warning" id="mixed" hidden></p>
<nav class="contents" aria-label="On this page">
<a href="#curves-heading">Curves</a><a href="#points-heading">${capital}</a><a href="#settings-heading">Settings</a><a href="#runs-heading">Runs</a>${one === "group" ? html`<a href="#difference-heading">Difference</a>` : ""}
</nav>
<section aria-labelledby="curves-heading">
<div class="bar"><h2 id="curves-heading">Curves</h2>
<div class="controls">
<label id="task-label" hidden>Task <select id="task"></select></label>
${one === "group" ? html`<label>Group by <select id="group"><option value="configuration">configuration</option><option value="run">run</option></select></label>` : ""}
<label>Figure <select id="figure">${Object.entries(curveFigureNames).map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select></label>
<label>Of <select id="split"><option value="validation">validation</option></select></label>
<label>Over <select id="across">${axes.map((value) => html`<option value="${value}">${value}</option>`)}</select></label>
<label>Axis <select id="scale"><option value="log">logarithmic</option><option value="linear">linear</option></select></label>
<span id="zoom"></span>
</div></div>
<p class="note">${bandNote} The legend hides and shows lines; select a ${one} in the table to see its seeds.</p>
<div class="legend" id="legend" role="group" aria-label="${capital} shown"></div>
<figure><figcaption class="titled"><span id="chart-title" class="heading"></span> <span id="save"></span></figcaption><div class="chart tall" id="chart" role="img"></div></figure>
<p class="note" id="drawn"></p>
</section>
<section aria-labelledby="points-heading">
<div class="bar"><h2 id="points-heading">${capital}</h2>
<div class="controls" id="filters" role="group" aria-label="Filter by setting"></div></div>
<p class="note">${pointsNote}</p>
<div class="scroll long" tabindex="0" role="region" aria-label="Table of ${many}" id="points"></div>
</section>
<section aria-labelledby="settings-heading">
<div class="bar"><h2 id="settings-heading">Settings</h2>
<div class="controls"><label>Median <select id="by">${Object.entries(settingFigureNames).map(([value, text]) => html`<option value="${value}">${text}</option>`)}</select></label></div></div>
<div class="charts" id="settings"></div>
</section>
<section aria-labelledby="runs-heading">
<h2 id="runs-heading">Runs</h2>
<p class="note" id="listed-runs"></p>
<div class="scroll long" tabindex="0" role="region" aria-label="Table of runs" id="runs"></div>
</section>`;
}

export function testPage(head: RunHead, scripts: readonly string[]): Html {
  return page({
    title: `${head.run}, test episodes`,
    kind: "test",
    run: head.run,
    scripts,
    body: html`${heading(head, "test episodes")}
<section aria-labelledby="episode-heading">
<h2 id="episode-heading">Episode</h2>
${episodeNote(head.model)}
<div id="episode" class="loading"><p class="note">Loading …</p></div>
</section>`,
  });
}

export function episodeNote(model: string): Html | string {
  const { note } = episodeHeading(model);
  return note === null ? "" : html`<p class="note">${note}</p>`;
}

function heading({ run, state, reason, network, task, sweep, note }: RunHead, about: string): Html {
  return html`<div class="title"><h1>${run}</h1><span id="state">${stateBadge(state, reason)}</span></div>
<p class="note">${network} on ${task}${about && `, ${about}`}${sweep === null ? "" : html`, of sweep <a href="/sweep/${sweep}">${sweep}</a>`}</p>
${noteText(note)}`;
}

function noteText({ text, tags }: RunHead["note"]): Html | string {
  if (text === "" && tags.length === 0) return "";
  return html`<p class="remark">${tags.map((tag) => html`<a class="tag" href="/?tag=${encodeURIComponent(tag)}">#${tag}</a> `)}${text}</p>`;
}

export function facts(details: RunDetails, curves: Curves): Html {
  return html`<div class="facts">${factsOf(details, curves).map(
    ({ name, value, unit }) =>
      html`<div class="fact"><span class="name">${name}</span><span class="value">${value}</span><span class="unit">${unit}</span></div>`,
  )}</div>`;
}

export function configuration(head: RunHead): Html {
  const { training, operation, fingerprint, relaxedFrom, quarantined, versions, machine, created } = head;
  const record = { machine, created, fingerprint, relaxedFrom, quarantined, versions };
  const groups = { training, operation, record };
  return html`<div class="columns">${Object.entries(groups).map(
    ([name, values]) =>
      html`<div><h3>${figureNames[name as keyof typeof groups]}</h3>${settingsList(values)}</div>`,
  )}</div>`;
}

/** Settings by path. */
export function settingsList(settings: unknown): Html {
  return html`<dl class="settings">${leavesOf(settings).map(([path, value]) => html`<div><dt>${path}</dt><dd>${value}</dd></div>`)}</dl>`;
}

export function messagePage(title: string, message: string): Html {
  const body = html`<h1>${title}</h1><p>${message}</p><p><a href="/">All runs</a></p>`;
  return page({ title, kind: "message", body });
}
