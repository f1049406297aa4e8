/** The page of a run in training: checkpoints that the page has listed are thinned out before it asks for them. */

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Page } from "playwright-core";
import { PageOfFolder, skipBrowser, WatchedPage } from "./browser.testing.ts";

const options = { skip: skipBrowser, timeout: 120_000 };

let folder: PageOfFolder;

before(async () => {
  if (skipBrowser) return;
  folder = await PageOfFolder.begin();
});

after(() => folder?.[Symbol.asyncDispose]());

test("a page that asks for a checkpoint that is gone shows the nearest one", options, async () => {
  await folder.runs.add("begun", { checkpoints: [1, 3, 4] });
  await using watched = await WatchedPage.open(folder.browser, folder.address);
  const { page } = watched;
  // The page has listed the checkpoints before it asks for the model.
  await page.route("**/model", async (route) => {
    await rm(folder.runs.checkpoint("begun", 4));
    await route.continue();
  });
  await page.goto(`${folder.address}env/begun`);
  await shows(page, 3, 1);
  await watched.check();
});

test("a slider at a checkpoint that is gone moves to the nearest one", options, async () => {
  await folder.runs.add("slid", { checkpoints: [1, 3, 4, 9] });
  await using watched = await WatchedPage.open(folder.browser, `${folder.address}env/slid_test`);
  const { page } = watched;
  await shows(page, 9, 3);
  await rm(folder.runs.checkpoint("slid", 3));
  const slider = page.getByRole("slider", { name: "Checkpoint" });
  await slider.press("Home");
  await shows(page, 1, 3);
  await slider.press("ArrowRight");
  await shows(page, 4, 2);
  await slider.press("ArrowRight");
  await shows(page, 9, 2);
  await watched.check();
});

/** @param max the slider's maximum: the number of checkpoints that it offers beside the first */
async function shows(page: Page, step: number, max: number): Promise<void> {
  await page
    .getByRole("status")
    .filter({ hasText: new RegExp(`^Step ${step}: .*bits are wrong`) })
    .waitFor();
  const slider = page.getByRole("slider", { name: "Checkpoint" });
  assert.equal(await slider.getAttribute("aria-valuetext"), `step ${step}`);
  assert.equal(await slider.getAttribute("max"), String(max));
}
