/** What a run's report says about how the run came about, so that others can check it and make it again. */

import type { FromPreset } from "@memnet/runs";
import { html } from "hono/html";
import type { RunDetails, RunEvent } from "./shared/api.ts";
import { whole } from "./shared/text.ts";
import { clockText } from "./shared/timeline.ts";

type Html = ReturnType<typeof html>;

export interface RunRecord {
  readonly details: RunDetails;
  /** The newest checkpoint; null if there is none. */
  readonly checkpoint: { readonly step: number; readonly sha256: string } | null;
  /** Null if no preset has this model and task. */
  readonly from: FromPreset | null;
  /** The command that computes the run's steps again. */
  readonly verify: string;
}

export function recordSection({ details, checkpoint, from, verify }: RunRecord): Html {
  const { seed, training, machine, created, versions } = details;
  const rows: (readonly [string, string | Html])[] = [
    ["Seed", String(seed)],
    ["Engine", String((training as { engine?: unknown }).engine)],
    ["Begun", `${created.slice(0, 19).replace("T", " ")} UTC on ${machine}`],
    ["memnet", versions.memnet ?? "unknown"],
    [
      "Parameters",
      checkpoint
        ? html`SHA-256 <code>${checkpoint.sha256}</code> at step ${whole(checkpoint.step)}`
        : "none yet",
    ],
    ["Verify", html`<code>${verify}</code> computes all steps again and compares`],
  ];
  return html`<h2>How it was made</h2>
<dl class="record">${rows.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${from === null ? html`<p class="note">No preset trains this model on this task.</p>` : presetTable(from)}`;
}

function presetTable({ preset, differing }: FromPreset): Html {
  if (differing.length === 0) return html`<p class="note">The settings are those of preset ${preset}.</p>`;
  return html`<p class="note">The settings are those of preset ${preset}, except:</p>
<table><thead><tr><th scope="col">Setting</th><th scope="col">This run</th><th scope="col">The preset</th></tr></thead>
<tbody>${differing.map(
    ({ path, here, there }) => html`<tr><th scope="row">${path}</th><td>${here}</td><td>${there}</td></tr>`,
  )}</tbody></table>`;
}

/** @param events oldest first */
export function eventSection(events: readonly RunEvent[]): Html {
  return html`<h2>What happened</h2>
<table><thead><tr><th scope="col">Time (UTC)</th><th scope="col">Event</th><th scope="col">Details</th></tr></thead>
<tbody>${events.map(
    ({ time, event, text }) =>
      html`<tr><td><time datetime="${time}">${clockText(time)}</time></td><th scope="row">${event}</th><td class="breakable">${text}</td></tr>`,
  )}</tbody></table>`;
}
