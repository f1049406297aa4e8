/** The table of runs and the comparison of 20 of them in a real Chromium. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { evaluationLine } from "@memnet/page/testing";
import { runPaths, stepLine, writeNote } from "@memnet/runs";
import { systemDisk } from "@memnet/service";
import type { Page } from "playwright-core";
import { isDrawn, PageOfFolder, phone, skipBrowser, WatchedPage } from "./browser.testing.ts";

const options = { skip: skipBrowser, timeout: 120_000 };

const slots = [7, 9, 11, 13];
const seeds = [1, 2, 3, 4, 5];
const names = slots.flatMap((count) => seeds.map((seed) => `box_small-${count}-seed-${seed}`));

let folder: PageOfFolder;

before(async () => {
  if (skipBrowser) return;
  folder = await PageOfFolder.begin();
  const { runs } = folder;
  for (const [index, name] of names.entries()) {
    const [count, seed] = [slots[Math.floor(index / 5)]!, seeds[index % 5]!];
    const state = index === 0 ? "training" : "ended";
    await runs.add(name, { state, settings: { memory: { slots: count }, seed } });
    const lines = [6, 8, 10].map(
      (step) =>
        evaluationLine(step, "validation", (count + seed) / step) +
        evaluationLine(step, "length-9", 2 * (count + seed)),
    );
    const timed = [5, 6, 7, 8, 9, 10].map((step) => {
      return `${stepLine({ step, loss: (count * Math.LN2) / step, gradientNorm: 1 / 4, seconds: 2 })}\n`;
    });
    await runs.append(name, timed.join("") + lines.join(""));
  }
  await runs.add("other");
  const config = runPaths(runs.root, "other").config;
  await writeFile(config, (await readFile(config, "utf8")).replace('"name": "copy"', '"name": "parity"'));
  const note = { text: "the one to beat", tags: ["baseline"] };
  await writeNote(systemDisk, runPaths(runs.root, names[19]!), note);
});

after(() => folder?.[Symbol.asyncDispose]());

test(
  "the table of runs is searched, filtered and sorted, and its state is in the address",
  options,
  async () => {
    await using watched = await WatchedPage.open(folder.browser, folder.address);
    const { page } = watched;
    await rowsAre(page, 21);
    await page.getByLabel("Search").fill("slots=13");
    await rowsAre(page, 5);
    await page.getByRole("button", { name: "Wrong bits" }).click();
    await page.getByRole("button", { name: "Wrong bits" }).click();
    assert.deepEqual(
      await shownRuns(page),
      [5, 4, 3, 2, 1].map((seed) => `box_small-13-seed-${seed}`),
    );
    assert.equal(new URL(page.url()).search, "?q=slots%3D13&sort=-wrongBits");
    await page.reload();
    await rowsAre(page, 5);
    assert.equal((await shownRuns(page))[0], "box_small-13-seed-5");
    await page.getByLabel("Search").fill("");
    await page.getByLabel("Tag").selectOption("baseline");
    await rowsAre(page, 1);
    assert.match((await page.locator("#runs tbody").textContent())!, /#baseline.*the one to beat/);
    await page.getByLabel("Tag").selectOption("");
    await page.getByLabel("Task").selectOption("parity");
    assert.deepEqual(await shownRuns(page), ["other"]);
    await watched.check();
  },
);

test(
  "20 runs are ticked and compared by group, with a short legend, while one of them trains",
  options,
  async () => {
    await using watched = await WatchedPage.open(folder.browser, folder.address);
    const { page } = watched;
    await page.getByLabel("Search").fill("box_small");
    await rowsAre(page, 20);
    await page.getByLabel("All runs shown").check();
    await page.getByRole("link", { name: "Compare 20 runs" }).click();
    await page.waitForURL(/\/compare\?runs=/);
    const chart = page.locator("#chart");
    await page.locator('#chart[aria-label*="at step 10"]').waitFor();
    const legend = page.getByRole("group", { name: "Groups shown" }).getByRole("button");
    assert.deepEqual((await legend.allTextContents()).sort(), ["slots 11", "slots 13", "slots 7", "slots 9"]);
    // The median over the seeds 1 to 5.
    assert.match((await chart.getAttribute("aria-label"))!, /slots 7 1 at step 10/);
    await page.evaluate("window.sameDocument = true");
    await folder.runs.append(names[0]!, evaluationLine(12, "validation", 0.5));
    await page.locator('#chart[aria-label*="at step 12"]').waitFor();

    await page.getByRole("combobox", { name: /^Of/ }).selectOption("length-9");
    await page.locator('#chart[aria-label*="slots 7 20 at step 10"]').waitFor();
    await page.getByRole("combobox", { name: /^Figure/ }).selectOption("exact");
    await page.locator('#chart[aria-label^="Exact sequences"]').waitFor();
    assert.equal(await page.evaluate("window.sameDocument"), true);
    await page.reload();
    await page.locator('#chart[aria-label^="Exact sequences"]').waitFor();
    assert.equal(await page.getByRole("combobox", { name: /^Of/ }).inputValue(), "length-9");

    await page.getByRole("combobox", { name: /^Of/ }).selectOption("training");
    await page.getByRole("combobox", { name: /^Figure/ }).selectOption("lossBits");
    // The mean of the losses 7/9 and 7/10, in bits.
    await page.locator('#chart[aria-label*="slots 7 0.7389 at step 10"]').waitFor();
    await page.getByRole("combobox", { name: /^Over/ }).selectOption("time");
    await page.locator('#chart[aria-label*="slots 7 0.7389 at 12 s"]').waitFor();
    await page.reload();
    await page.locator('#chart[aria-label*="slots 7 0.7389 at 12 s"]').waitFor();

    // The gradient's norm is of the steps of training, and validation has no such figure.
    const [figure, split] = [/^Figure/, /^Of/].map((name) => page.getByRole("combobox", { name }));
    await split!.selectOption("validation");
    await figure!.selectOption("gradient");
    assert.equal(await split!.inputValue(), "training");
    await page.locator('#chart[aria-label^="Gradient norm"][aria-label*="slots 7 0.25 at 12 s"]').waitFor();
    assert.match(page.url(), /&figure=gradient&x=time&split=training$/);
    await split!.selectOption("length-9");
    assert.equal(await figure!.inputValue(), "wrongBits");
    await page.goBack();
    await page.locator('#chart[aria-label^="Gradient norm"][aria-label*="slots 7 0.25 at 12 s"]').waitFor();
    await legend.filter({ hasText: "slots 7" }).click();
    await page.locator('#chart[aria-label^="Gradient norm"]:not([aria-label*="slots 7"])').waitFor();
    assert.match(page.url(), /hide=slots\+7/);
    await page.reload();
    await page.locator('#chart[aria-label^="Gradient norm"][aria-label*="slots 9"]').waitFor();
    assert.doesNotMatch((await chart.getAttribute("aria-label"))!, /slots 7/);
    await legend.filter({ hasText: "slots 7" }).click();
    await page.locator('#chart[aria-label*="slots 7"]').waitFor();

    await page.getByLabel("Group by").selectOption("run");
    await page.getByRole("button", { name: "7-seed-1", exact: true }).first().waitFor();
    assert.equal(await page.locator("#points tbody tr").count(), 20);
    await watched.check();
  },
);

test("runs of several tasks are not on one axis, and the page says so", options, async () => {
  const runs = [names[0], names[5], "other"].join(",");
  await using watched = await WatchedPage.open(folder.browser, `${folder.address}compare?runs=${runs}`);
  const { page } = watched;
  await page.locator("#mixed").filter({ hasText: "2 tasks" }).waitFor();
  assert.equal(await page.locator("#points tbody tr").count(), 2);
  await page.getByLabel("Task").selectOption("parity");
  assert.equal(await page.locator("#points tbody tr").count(), 1);
  assert.match(page.url(), /task=parity/);
  await watched.check();
});

test("the difference of two configurations lists the settings that differ", options, async () => {
  const runs = [names[0], names[1], names[6]].join(",");
  await using watched = await WatchedPage.open(folder.browser, `${folder.address}compare?runs=${runs}`);
  const { page } = watched;
  const rows = page.locator("#difference tbody tr");
  await rows.first().waitFor();
  assert.deepEqual(await rows.allTextContents(), ["training.seed12", "training.memory.slots79"]);
  await page.getByRole("combobox", { name: /^and/ }).selectOption(names[1]!);
  await page.locator("#difference tbody tr").filter({ hasText: "slots" }).waitFor({ state: "detached" });
  assert.deepEqual(await rows.allTextContents(), ["training.seed12"]);
});

test("the table of runs and a comparison pass all checks", options, async () => {
  await using watched = await WatchedPage.open(folder.browser, `${folder.address}?tick=other`, phone);
  const { page } = watched;
  await rowsAre(page, 21);
  assert.ok(await page.getByLabel("Compare other").isChecked());
  await page.getByRole("button", { name: "Wrong bits" }).click();
  await watched.checkLooks("runs", async () => {
    const overflow =
      "document.getElementById('runs').scrollWidth - document.getElementById('runs').clientWidth";
    assert.equal(await page.evaluate(overflow), 0, "the table is wider than the window");
  });
  await page.setViewportSize(phone.viewport);
  await page.goto(`${folder.address}compare?runs=${names.join(",")}`);
  await isDrawn(page);
  await page.locator("#points tbody button").first().click();
  await page.locator("#difference tbody tr").first().waitFor();
  await watched.checkLooks("comparison");
});

async function rowsAre(page: Page, count: number): Promise<void> {
  while ((await page.locator("#runs tbody tr").count()) !== count) await page.waitForTimeout(50);
}

function shownRuns(page: Page): Promise<string[]> {
  return page.locator("#runs tbody th a").allTextContents();
}
