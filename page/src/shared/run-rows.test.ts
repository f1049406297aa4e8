import assert from "node:assert/strict";
import { test } from "node:test";
import type { ListedRun } from "./api.ts";
import { orderIn, orderText, type RunFilter, settingsText, wantedRuns } from "./run-rows.ts";

function listed(run: string, rest: Partial<ListedRun> = {}): ListedRun {
  return {
    ...{ run, state: "ended", reason: null, model: "dnc", network: "DNC", task: "copy", step: 10, steps: 20 },
    ...{ loss: 1, wrongBits: 2, created: "2026-01-01", seed: 1, seconds: 60, settings: {} },
    ...{ atBest: null, isRead: true, note: { text: "", tags: [] } },
    ...rest,
  };
}

const anything: RunFilter = { search: "", state: "", task: "", tag: "" };
const best = (wrongBits: number) => ({ atBest: { step: 10, wrongBits, lossBits: 3, exact: 0.5 } });
const runs = [
  listed("a", { ...best(2), settings: { "memory.slots": "64" } }),
  listed("b", { task: "n-gram", note: { text: "diverges late", tags: ["baseline"] } }),
  listed("c", { ...best(0.5), state: "training", network: "DNC with masks", seed: 3 }),
];
const names = (filter: Partial<RunFilter>, order: string | null = null) =>
  wantedRuns(runs, { ...anything, ...filter }, orderIn(order))
    .map(({ run }) => run)
    .join("");

test("wantedRuns() finds every word in the name, network, task, settings, tags and note", () => {
  assert.equal(names({}), "abc");
  assert.equal(names({ search: "SLOTS=64" }), "a");
  assert.equal(names({ search: "#baseline late" }), "b");
  assert.equal(names({ search: "dnc  masks" }), "c");
  assert.equal(names({ search: "dnc nothing" }), "");
});

test("wantedRuns() filters by state, task and tag", () => {
  assert.equal(names({ state: "ended" }), "ab");
  assert.equal(names({ task: "copy" }), "ac");
  assert.equal(names({ tag: "baseline" }), "b");
  assert.equal(names({ tag: "base" }), "");
});

test("wantedRuns() orders by a column in both directions, runs without the figure last", () => {
  assert.equal(names({}, "wrongBits"), "cab");
  assert.equal(names({}, "-wrongBits"), "acb");
  assert.equal(names({}, "-run"), "cba");
  assert.equal(names({}, "-seed"), "cab");
});

test("orderIn() reads what orderText() writes, and nothing else", () => {
  for (const text of ["wrongBits", "-created", null]) assert.equal(orderText(orderIn(text)), text);
  for (const text of ["nothing", "--run", "", "toString"]) assert.equal(orderIn(text), null);
});

test("settingsText() lists the settings as --set takes them", () => {
  assert.equal(
    settingsText({ settings: { "memory.slots": "64", "task.length": "1..20" } }),
    "memory.slots=64, task.length=1..20",
  );
});
