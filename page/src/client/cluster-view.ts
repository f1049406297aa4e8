/** Shows which actors work for the run now, how fast, and where a step's time goes. */

import type { Cluster, Leader, StepTime, Workers } from "../shared/api.ts";
import { brief, msText, whole } from "../shared/text.ts";
import { byId, element } from "./dom.ts";
import { table } from "./table.ts";

/** @param cluster null if the evaluator has no connection to NATS */
export function showCluster(cluster: Cluster | null): void {
  const root = byId("cluster");
  if (isSelected(root)) return;
  if (!cluster) {
    root.replaceChildren(
      note("The evaluator has lost its connection to NATS, so it cannot list the actors."),
    );
    return;
  }
  const { coordinator, trainers, dataEnvs } = cluster;
  const parts = coordinator
    ? [note(leaderText(coordinator)), stepView(coordinator.stepMs)]
    : [note("No coordinator is training this run.")];
  if (coordinator || trainers.count > 0) parts.push(trainersView(trainers));
  if (dataEnvs.count > 0) parts.push(dataEnvsView(dataEnvs));
  else parts.push(note("No data-env is in: trainers make their batches themselves."));
  const others = othersText(cluster);
  if (others) parts.push(note(others));
  replaced(root, parts);
}

/** Whether the user has selected text in the element, which is then left alone. */
function isSelected(root: HTMLElement): boolean {
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && root.contains(selection.anchorNode);
}

/** Replaces the content, keeping the scroll position and keyboard focus of its tables. */
function replaced(root: HTMLElement, parts: readonly HTMLElement[]): void {
  const labels = (within: HTMLElement) => [...within.querySelectorAll<HTMLElement>("[tabindex]")];
  const at = labels(root).indexOf(document.activeElement as HTMLElement);
  const scrolled = labels(root).map(({ scrollLeft }) => scrollLeft);
  root.replaceChildren(...parts);
  labels(root).forEach((one, index) => {
    one.scrollLeft = scrolled[index] ?? 0;
    if (index === at) one.focus({ preventScroll: true });
  });
}

function note(text: string): HTMLElement {
  return element("p", { class: "note" }, text);
}

function leaderText({ machine, state, epoch, stepsPerSecond, waitsFor, waitsSeconds }: Leader): string {
  const where = `The coordinator is on ${machine}, epoch ${epoch}`;
  if (state === "opening") return `${where}, and opens the run.`;
  if (waitsFor === null) return `${where}: ${brief(stepsPerSecond)} steps a second.`;
  const since = waitsSeconds === null ? "" : ` for ${whole(Math.round(waitsSeconds))} s`;
  return `${where}, and waits${since}: ${waitsFor}.`;
}

const phases: readonly {
  readonly name: Exclude<keyof StepTime, "steps" | "whole">;
  readonly text: string;
}[] = [
  { name: "wait", text: "waiting for trainers" },
  { name: "add", text: "adding gradients" },
  { name: "update", text: "updating" },
  { name: "send", text: "sending parameters" },
  { name: "rest", text: "between threads" },
];

function stepView(step: StepTime | null): HTMLElement {
  if (!step || step.whole <= 0) return note("No step was taken lately.");
  const bar = element("div", { class: "stack", "aria-hidden": "true" });
  const key = element("ul", { class: "stack-key" });
  for (const { name, text } of phases) {
    const part = element("span", { class: `phase phase-${name}` });
    part.style.flexGrow = String(step[name] / step.whole);
    bar.append(part);
    const of = `${msText(step[name])} (${percent(step[name] / step.whole)})`;
    key.append(
      element(
        "li",
        {},
        element("span", { class: `swatch phase-${name}`, "aria-hidden": "true" }),
        `${text} `,
        element("span", { class: "of" }, of),
      ),
    );
  }
  const caption = `A step takes ${msText(step.whole)}`;
  const about = ` mean of the last ${whole(step.steps)} steps`;
  return element(
    "figure",
    { class: "anatomy" },
    element("figcaption", {}, caption, element("span", { class: "of" }, about)),
    bar,
    key,
  );
}

function percent(part: number): string {
  return part > 0 && part < 0.01 ? "< 1 %" : `${Math.round(part * 100)} %`;
}

function trainersView(trainers: Workers): HTMLElement {
  if (trainers.count === 0) return note("No trainer is connected. The run resumes when one joins.");
  const { rows, byMachine, perSecond: all } = trainers;
  return table({
    caption: captionOf("trainer", trainers),
    heads: [
      ...(byMachine ? ["Machine", "Trainers"] : ["Trainer", "Machine"]),
      "Does",
      "Engine",
      "Micro-batches/s",
      "Share",
      "A node takes",
      "Engine busy",
    ],
    numbers: 4,
    rows: rows.map(({ id, machine, count, does, engine, perSecond, ms, busy }) => [
      ...(byMachine ? [machine, whole(count)] : [id, machine]),
      ...[does, engine ?? "–", brief(perSecond), all > 0 ? percent(perSecond / all) : "–"],
      ...[msText(ms), busy === null ? "–" : percent(busy)],
    ]),
  });
}

function dataEnvsView(dataEnvs: Workers): HTMLElement {
  const { rows, byMachine } = dataEnvs;
  return table({
    caption: captionOf("data-env", dataEnvs),
    heads: [
      ...(byMachine ? ["Machine", "Data-envs"] : ["Data-env", "Machine"]),
      "Does",
      "Batches/s",
      "An answer takes",
    ],
    numbers: 2,
    rows: rows.map(({ id, machine, count, does, perSecond, ms }) => [
      ...(byMachine ? [machine, whole(count)] : [id, machine]),
      ...[does, brief(perSecond), msText(ms)],
    ]),
  });
}

function captionOf(what: string, { count, byMachine, does, more }: Workers): string {
  const all = `${whole(count)} ${what}${count === 1 ? "" : "s"}`;
  if (!byMachine) return all;
  return `${all}: ${does}${more > 0 ? `; ${whole(more)} further machines are not shown` : ""}`;
}

function othersText({ idleTrainers, otherTrainers }: Cluster): string {
  const one = (count: number, text: string) => (count > 0 ? [`${whole(count)} ${text}`] : []);
  const said = [...one(otherTrainers, "in other runs"), ...one(idleTrainers, "without a run")];
  return said.length > 0 ? `Further trainers: ${said.join(", ")}.` : "";
}
