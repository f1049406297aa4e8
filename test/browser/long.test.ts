/** A run of 100,000 steps, a list of 500 runs and a sweep of 1,000, whose pages must open at once. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { servePage } from "@memnet/page";
import { evaluationLine, RunsOnDisk, smallSweep } from "@memnet/page/testing";
import { sweepRuns } from "@memnet/runs";
import { recordLines } from "@memnet/runs/testing";
import { silentLog, systemDisk } from "@memnet/service";
import type { Browser } from "playwright-core";
import { isDrawn, skipBrowser, startChromium } from "./browser.testing.ts";

const steps = 100_000;
const evaluateEvery = 500;
const tries = 3;

/**
 * How many times the processor time of reading and parsing its files a page may take to open: twice what it takes. So a
 * busy hour fails no test, and a page that reads or draws everything for each run or line fails one.
 */
const timesMost = { run: 16, runs: 8 };

/** 1,000 steps, of which each twentieth is measured. */
const measuredLines = Array.from(
  { length: 50 },
  (_, at) =>
    recordLines(20 * at + 5, 20 * at + 24) + evaluationLine(20 * at + 24, "validation", 50 / (at + 1)),
).join("");

test("the page of a run of 100,000 steps opens in a few times the time that reading it takes", {
  skip: skipBrowser,
  timeout: 180_000,
}, async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("long", { steps: 1, settings: { steps } });
  await runs.append("long", longLines());
  const drawn = '.chart[aria-label*="training"][aria-label*="at step 100,000"] canvas';
  await assertOpens("the page of 100,000 steps", { runs, names: ["long"], path: "env/long", drawn });
});

test("the list of 500 runs opens in a few times the time that reading them takes", {
  skip: skipBrowser,
  timeout: 180_000,
}, async () => {
  await using runs = await RunsOnDisk.begin();
  const names = Array.from({ length: 500 }, (_, at) => `run-${at}`);
  for (const [at, run] of names.entries()) {
    const settings = { memory: { slots: 5 + (at % 7) }, seed: at };
    await runs.add(run, { settings, checkpoints: [], created: new Date(1e12 + at).toISOString() });
    await runs.append(run, measuredLines);
  }
  // The newest run is the first of 500.
  const drawn = "#runs tbody tr:nth-child(500) th a";
  await assertOpens("the list of 500 runs", { runs, names, path: "", drawn });
  const seen = await rowsSeen(runs.root);
  console.log(
    `rows of the list, and when they are seen: ${seen.map(([rows, ms]) => `${rows} after ${ms} ms`)}`,
  );
  const [[first], ...others] = seen as [Seen, ...Seen[]];
  assert.ok(first < 100, "the first rows are drawn before the others");
  assert.equal(others.at(-1)?.[0], 500);
});

test("the page of a sweep of 100 points and 10 seeds opens in a few times the time that reading its runs takes", {
  skip: skipBrowser,
  timeout: 180_000,
}, async () => {
  await using runs = await RunsOnDisk.begin();
  const points = Array.from({ length: 100 }, (_, at) => ({
    label: `${at}`,
    settings: { rate: `${at + 1}e-4` },
  }));
  const sweep = smallSweep({ points, seeds: Array.from({ length: 10 }, (_, seed) => seed) });
  await runs.addSweep(sweep);
  const names = sweepRuns(sweep).map(({ run }) => run);
  for (const run of names) {
    await runs.add(run, { checkpoints: [] });
    await runs.append(run, measuredLines);
  }
  const drawn = '#chart[aria-label*="at 16,064 sequences"] canvas';
  await assertOpens("the page of a sweep of 1,000 runs", { runs, names, path: `sweep/${sweep.name}`, drawn });
});

interface Opened {
  readonly runs: RunsOnDisk;
  /** The runs whose files the page needs. */
  readonly names: readonly string[];
  readonly path: string;
  /** Selects what shows that the page is complete. */
  readonly drawn: string;
}

/**
 * Reads a page's files a few times, and opens the page until that once takes few enough times the fastest reading. Each
 * can only take longer than it needs, so the fastest counts.
 */
async function assertOpens(what: string, { runs, names, path, drawn }: Opened): Promise<void> {
  const browser = await startChromium();
  try {
    const reading: number[] = [];
    while (reading.length < tries) reading.push(await readingAll(runs.root, names));
    const most = (names.length === 1 ? timesMost.run : timesMost.runs) * Math.min(...reading);
    const took: number[] = [];
    const waited: number[] = [];
    do {
      const opened = await opening(runs.root, browser, path, drawn);
      took.push(opened.processor);
      waited.push(opened.wall);
    } while (took.length < tries && took.at(-1)! >= most);
    const figures = `${took.join(", ")} ms of processor time, and reading its files takes ${reading.join(", ")} ms`;
    console.log(`${what} opens within ${waited.join(", ")} ms, with ${figures}`);
    assert.ok(took.at(-1)! < most, `it took ${figures}`);
  } finally {
    await browser.close();
  }
}

/**
 * Reads and parses every run's configuration and validation, the least that a page of many runs needs, and the steps of a
 * single run, whose page draws them.
 *
 * @returns processor time, ms
 */
async function readingAll(root: string, runs: readonly string[]): Promise<number> {
  const before = process.cpuUsage();
  for (const run of runs) {
    JSON.parse(await readFile(join(root, run, "config.json"), "utf8"));
    const lines = (await readFile(join(root, run, "metrics.jsonl"), "utf8")).split("\n");
    for (const line of lines) {
      if (line !== "" && (runs.length === 1 || line.includes('"validation"'))) JSON.parse(line);
    }
  }
  const { user, system } = process.cpuUsage(before);
  return Math.round((user + system) / 1000);
}

/**
 * Opens a page from a server that has bundled the page's scripts and read no run yet, in a browser that has seen none of
 * it. Only the processor time of the server and the page is compared, since wall time depends on other users of the machine.
 *
 * @param drawn selects what shows that the page is complete
 * @returns     both times, ms
 */
async function opening(
  root: string,
  browser: Browser,
  path: string,
  drawn: string,
): Promise<{ readonly processor: number; readonly wall: number }> {
  const shared = { disk: systemDisk, log: silentLog, held: async () => false, who: null };
  await using server = await servePage({ ...shared, port: 0, host: "127.0.0.1", root });
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const tools = await context.newCDPSession(page);
    await tools.send("Performance.enable", { timeDomain: "threadTicks" });
    assert.ok((await fetch(`${server.address}assets/page-main.js`)).ok);
    const began = performance.now();
    const before = process.cpuUsage();
    await page.goto(`${server.address}${path}`);
    await page.locator(drawn).first().waitFor();
    const wall = Math.round(performance.now() - began);
    const { user, system } = process.cpuUsage(before);
    const { metrics } = await tools.send("Performance.getMetrics");
    const ofPage = metrics.find(({ name }) => name === "TaskDuration")!.value;
    return { processor: Math.round((user + system) / 1000 + ofPage * 1000), wall };
  } finally {
    await context.close();
  }
}

/** A task after the frame that draws rows is a task after they were painted. */
const noteRows = `
  const seen = [];
  const look = () => {
    const rows = document.querySelectorAll("#runs tbody tr").length;
    if (rows > (seen.at(-1)?.[0] ?? 0)) {
      setTimeout(() => {
        seen.push([rows, Math.round(performance.now())]);
        if (rows === 500) document.querySelector("#runs").dataset.all = JSON.stringify(seen);
      });
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
`;

type Seen = readonly [rows: number, ms: number];

/** Opens the list of runs, and returns how many rows it has each time that this number changes, as seen in the window. */
async function rowsSeen(root: string): Promise<Seen[]> {
  const browser = await startChromium();
  const shared = { disk: systemDisk, log: silentLog, held: async () => false, who: null };
  await using server = await servePage({ ...shared, port: 0, host: "127.0.0.1", root });
  try {
    const page = await browser.newPage();
    await page.addInitScript({ content: noteRows });
    assert.ok((await fetch(`${server.address}assets/page-main.js`)).ok);
    await page.goto(server.address);
    await isDrawn(page);
    await page.locator("#runs[data-all]").waitFor();
    return JSON.parse((await page.locator("#runs").getAttribute("data-all"))!);
  } finally {
    await browser.close();
  }
}

function longLines(): string {
  const lines: string[] = [];
  for (let step = 2; step <= steps; step++) {
    const line = { kind: "step", step, loss: 1 + 1000 / step, gradientNorm: 1, seconds: 0.005 };
    lines.push(`${JSON.stringify(line)}\n`);
    if (step % evaluateEvery === 0) lines.push(evaluationLine(step, "validation", 1000 / step));
  }
  return lines.join("");
}
