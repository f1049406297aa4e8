/** The page of a sweep in a real Chromium: its chart, its tables, and runs that train meanwhile. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writeSweepReport } from "@memnet/page/sweep-report";
import { evaluationLine, smallSweep } from "@memnet/page/testing";
import { sweepRuns } from "@memnet/runs";
import type { Page } from "playwright-core";
import {
  isDrawn,
  PageOfFolder,
  phone,
  pictures,
  picturesFolder,
  skipBrowser,
  WatchedPage,
} from "./browser.testing.ts";

const options = { skip: skipBrowser, timeout: 120_000 };

/** Rates that span two decades, and sizes of memory. The third point was ended early. */
const points = ["1e-4", "1e-3", "1e-2"].flatMap((rate) =>
  ["8", "16"].map((slots) => ({
    label: `${rate}-${slots}`,
    settings: { "optimizer.learningRate": rate, "memory.slots": slots },
  })),
);
const pruned = [{ label: "1e-3-8", step: 8, reason: "its median is above the others'" }];
const sweep = smallSweep({ name: "rates", points, pruned, seeds: [1, 2, 3] });

let folder: PageOfFolder;

before(async () => {
  if (skipBrowser) return;
  folder = await PageOfFolder.begin();
  await folder.runs.addSweep(sweep);
  for (const [index, { run, label, seed }] of sweepRuns(sweep).entries()) {
    // The last run has not begun.
    if (index === points.length * 3 - 1) continue;
    const place = points.findIndex((point) => point.label === label);
    await folder.runs.add(run, { state: index === 0 ? "training" : "ended" });
    const lines = [6, 8, 10].map((step) =>
      evaluationLine(step, "validation", (4 - place / 2) / (step - 5 + seed)),
    );
    await folder.runs.append(run, lines.join(""));
  }
});

after(() => folder?.[Symbol.asyncDispose]());

test("the list leads to the sweep, whose curves grow without reloading the page", options, async () => {
  await using watched = await WatchedPage.open(folder.browser, folder.address);
  const { page } = watched;
  const row = page.locator("#sweeps tbody tr");
  await row.waitFor();
  assert.match((await row.textContent())!, /^rates6 × 316 of 18\d+ of 18$/);
  await watched.check();
  await page.getByRole("link", { name: "rates", exact: true }).click();
  await page.waitForURL(`${folder.address}sweep/rates`);
  await isDrawn(page);
  await page.evaluate("window.sameDocument = true");
  await page.getByLabel("Over").selectOption("steps");
  const chart = page.locator("#chart");
  assert.match((await chart.getAttribute("aria-label"))!, /1e-4-8 \S+ at step 10[;.]/);
  await folder.runs.append("rates-1e-4-8-seed-1", evaluationLine(12, "validation", 1));
  // The other two seeds have ended, and keep their last figures.
  await page.locator('#chart[aria-label*="1e-4-8 0.5714 at step 12"]').waitFor();
  assert.equal(await page.evaluate("window.sameDocument"), true);
  await watched.check();
});

test(
  "a point's seeds are shown by its button or row in the table, and the legend hides its line, by keyboard too",
  options,
  async () => {
    await using watched = await WatchedPage.open(folder.browser, `${folder.address}sweep/rates`);
    const { page } = watched;
    const table = page.getByRole("region", { name: "Table of points" });
    const button = table.getByRole("button", { name: "1e-2-16" });
    const before = await page.locator("#chart").screenshot();
    assert.equal(await page.locator("#runs tbody tr").count(), 18);
    await button.focus();
    await page.keyboard.press("Enter");
    assert.equal(await button.getAttribute("aria-pressed"), "true");
    assert.notDeepEqual(await page.locator("#chart").screenshot(), before);
    assert.deepEqual(await page.locator("#runs tbody th").allTextContents(), [
      ...[1, 2, 3].map((seed) => `rates-1e-2-16-seed-${seed}`),
    ]);
    assert.equal(
      await page.getByRole("link", { name: "rates-1e-2-16-seed-2" }).getAttribute("href"),
      "/env/rates-1e-2-16-seed-2",
    );
    assert.match((await page.locator("#runs tbody tr").last().textContent())!, /not begun/);
    // The focus stays on the button, although the table was drawn again.
    await page.keyboard.press("Enter");
    assert.equal(await button.getAttribute("aria-pressed"), "false");
    assert.deepEqual(await page.locator("#chart").screenshot(), before);
    const row = page.locator("#points tbody tr").filter({ hasText: "1e-4-8" });
    await row.locator("td").last().click();
    assert.equal(await table.getByRole("button", { name: "1e-4-8" }).getAttribute("aria-pressed"), "true");

    const shown = page.getByRole("group", { name: "Points shown" }).getByRole("button", { name: "1e-2-16" });
    await shown.focus();
    await page.keyboard.press("Enter");
    assert.equal(await shown.getAttribute("aria-pressed"), "false");
    assert.doesNotMatch((await page.locator("#chart").getAttribute("aria-label"))!, /1e-2-16/);
    assert.match(page.url(), /hide=1e-2-16/);
    await page.reload();
    await isDrawn(page);
    await page.locator('#chart[aria-label*="1e-4-16"]:not([aria-label*="1e-2-16"])').waitFor();
    await shown.click();
    assert.match((await page.locator("#chart").getAttribute("aria-label"))!, /1e-2-16/);
    await watched.check();
  },
);

test("the table is sorted by any column and filtered by the settings", options, async () => {
  await using watched = await WatchedPage.open(folder.browser, `${folder.address}sweep/rates`);
  const { page } = watched;
  const column = async (index: number) =>
    page.locator(`#points tbody td:nth-child(${index})`).allTextContents();
  const sort = page.getByRole("button", { name: "optimizer.learningRate" });
  await sort.click();
  assert.deepEqual(await column(2), ["1e-4", "1e-4", "1e-3", "1e-3", "1e-2", "1e-2"]);
  assert.equal(
    await page.getByRole("columnheader", { name: "optimizer.learningRate" }).getAttribute("aria-sort"),
    "ascending",
  );
  await page.keyboard.press("Enter");
  assert.deepEqual((await column(2)).slice(0, 2), ["1e-2", "1e-2"]);
  await page.getByRole("group", { name: "Filter by setting" }).getByLabel("memory.slots").selectOption("8");
  assert.deepEqual(await names(page), ["1e-2-8", "1e-3-8", "1e-4-8"]);
  assert.equal((await column(9))[1], "ended early at step 8: its median is above the others'");
  assert.doesNotMatch((await page.locator("#chart").getAttribute("aria-label"))!, /-16/);
  assert.equal(new URL(page.url()).search, "?sort=-setting%3Aoptimizer.learningRate&is.memory.slots=8");
  await page.reload();
  await page.locator("#points tbody tr").first().waitFor();
  assert.deepEqual(await names(page), ["1e-2-8", "1e-3-8", "1e-4-8"]);
  await page.goBack();
  await page.locator("#points tbody tr").nth(5).waitFor();
  await watched.check();
});

test("each varied setting has a chart of the points' medians", options, async () => {
  await using watched = await WatchedPage.open(folder.browser, `${folder.address}sweep/rates`);
  const { page } = watched;
  const chart = page.getByRole("img", { name: /^wrong bits at the best step by memory\.slots\. 8: / });
  await chart.locator("canvas").waitFor();
  const before = await chart.screenshot();
  await page.getByLabel("Median").selectOption("sequences");
  const other = page.getByRole("img", { name: /^sequences to the goal by memory\.slots\. / });
  assert.notDeepEqual(await other.screenshot(), before);
  assert.equal(await page.locator("#settings figure").count(), 2);
  await watched.check();
});

test("the sweep's page passes all checks", options, async () => {
  await using watched = await WatchedPage.open(folder.browser, `${folder.address}sweep/rates`, phone);
  await watched.page.locator("#points tbody button").first().click();
  await watched.checkLooks("sweep");
});

if (picturesFolder) {
  test("the sweep's report is opened for its pictures", options, async () => {
    const { root } = folder.runs;
    const [path] = await writeSweepReport({ root, sweep: "rates", folder: join(root, "report") });
    await using watched = await WatchedPage.open(folder.browser, `file://${path}`);
    await pictures(watched.page, "sweep-report");
  });
}

function names(page: Page): Promise<string[]> {
  return page.locator("#points tbody th").allTextContents();
}
