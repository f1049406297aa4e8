/** The state of a page in its address: a reload, the back button and a link show the same. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { evaluationLine } from "@memnet/page/testing";
import { recordLines } from "@memnet/runs/testing";
import type { Page } from "playwright-core";
import { isDrawn, PageOfFolder, skipBrowser, WatchedPage } from "./browser.testing.ts";

const options = { skip: skipBrowser, timeout: 120_000 };

let folder: PageOfFolder;

before(async () => {
  if (skipBrowser) return;
  folder = await PageOfFolder.begin();
  await folder.runs.add("curved");
  const lines = [100, 200, 300].map((step) => evaluationLine(step, "validation", 300 / step - 1));
  await folder.runs.append("curved", recordLines(5, 300) + lines.join(""));
  await folder.runs.add("rough", { checkpoints: [] });
  // More evaluations than a chart has points, up and down from one to the next.
  const rough = Array.from({ length: 8996 }, (_, at) => evaluationLine(at + 5, "validation", 1 + (at % 7)));
  await folder.runs.append("rough", recordLines(5, 9000) + rough.join(""));
});

after(() => folder?.[Symbol.asyncDispose]());

test(
  "a reload, the back button and a link show the lines, axes and part of a run's curves",
  options,
  async () => {
    await using watched = await WatchedPage.open(folder.browser, `${folder.address}env/curved`);
    const { page } = watched;
    await page.getByRole("button", { name: "training", exact: true }).click();
    await page.getByLabel("Axis of Wrong bits per sequence").selectOption("linear");
    await page.getByRole("combobox", { name: "Against" }).selectOption("sequences");
    await page.getByLabel("Show from").fill("320");
    await page.getByLabel("Show from").press("Enter");
    const { search } = new URL(page.url());
    assert.equal(search, "?hide=training&wrongBits-axis=linear&x=sequences&zoom=320..4800");
    const shown = await stateOf(page);
    assert.deepEqual(shown, { training: "false", axis: "linear", against: "sequences", from: "320" });

    await page.reload();
    await isDrawn(page);
    assert.deepEqual(await stateOf(page), shown);
    await using other = await WatchedPage.open(folder.browser, page.url());
    assert.deepEqual(await stateOf(other.page), shown);

    await page.goBack();
    assert.deepEqual(await stateOf(page), { ...shown, from: "" });
    await page.goBack();
    await page.goBack();
    assert.deepEqual(await stateOf(page), { training: "false", axis: "log", against: "steps", from: "" });
    await page.goForward();
    assert.equal((await stateOf(page)).axis, "linear");
    await watched.check();
  },
);

test(
  "the wheel with Ctrl zooms all charts, the address follows, and a double click shows all",
  options,
  async () => {
    await using watched = await WatchedPage.open(folder.browser, `${folder.address}env/curved`);
    const { page } = watched;
    const chart = page.locator(".chart").first();
    await chart.locator("canvas").waitFor();
    const other = page.locator(".chart").nth(1);
    const before = await other.screenshot();
    await chart.hover();
    await page.mouse.wheel(0, -400);
    assert.equal(new URL(page.url()).search, "", "the wheel alone scrolls the page");
    await chart.scrollIntoViewIfNeeded();
    await chart.hover();
    await page.keyboard.down("Control");
    await page.mouse.wheel(0, -400);
    await page.keyboard.up("Control");
    await page.waitForURL(/zoom=\d+\.\.\d+/);
    const [, from, to] = /zoom=(\d+)\.\.(\d+)/.exec(page.url())!;
    assert.ok(Number(from) > 0 && Number(to) < 300, page.url());
    assert.equal(await page.getByLabel("Show from").inputValue(), from);
    await page.mouse.move(0, 0);
    assert.notDeepEqual(await other.screenshot(), before);
    await chart.dblclick();
    await page.waitForURL((url) => url.search === "");
    assert.equal(await page.getByLabel("Show from").inputValue(), "");
  },
);

for (const path of ["env/rough", "compare?runs=rough"]) {
  test(`a zoomed part gets finer points, on ${path}`, options, async () => {
    await using watched = await WatchedPage.open(folder.browser, `${folder.address}${path}`);
    const { page } = watched;
    // Above the chart of wrong bits.
    const chart = page.getByRole("img", { name: /^Wrong bits .* at step 9,000/ });
    await chart.locator("canvas").waitFor();
    let release = () => {};
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route(/zoom=/, async (route) => {
      await released;
      await route.continue();
    });
    const answer = page.waitForResponse(/x=steps&zoom=4000\.\.4200/);
    await page.getByLabel("Show from").fill("4000");
    await page.getByLabel("Show from").press("Enter");
    await page.getByLabel("Show to").fill("4200");
    await page.getByLabel("Show to").press("Enter");
    await page.mouse.move(0, 0);
    const coarse = await chart.screenshot();
    release();
    assert.equal((await answer).status(), 200);
    while ((await chart.screenshot()).equals(coarse)) await page.waitForTimeout(50);
    assert.match(page.url(), /zoom=4000\.\.4200/);
    await watched.check();
  });
}

test("each chart is saved as PNG and as SVG, with its heading and legend", options, async () => {
  await using watched = await WatchedPage.open(folder.browser, `${folder.address}env/curved?x=time`);
  const { page } = watched;
  const saved = async (button: string) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: button }).click(),
    ]);
    const pieces: Buffer[] = [];
    for await (const piece of await download.createReadStream()) pieces.push(piece as Buffer);
    return { name: download.suggestedFilename(), bytes: Buffer.concat(pieces) };
  };
  const svg = await saved("Save as SVG: curved-loss");
  assert.equal(svg.name, "curved-loss.svg");
  const text = svg.bytes.toString();
  for (const part of ["<svg ", "curved: Loss, bits per sequence", ">validation<"])
    assert.ok(text.includes(part), part);
  const png = await saved("Save as PNG: curved-gradient");
  assert.equal(png.name, "curved-gradient.png");
  assert.equal(png.bytes.subarray(1, 4).toString(), "PNG");
  // Twice the 840 pixels of the SVG.
  assert.equal(png.bytes.readUInt32BE(16), 1680);
  await watched.check();
});

async function stateOf(page: Page) {
  const button = page.getByRole("button", { name: "training", exact: true });
  await button.waitFor();
  return {
    training: await button.getAttribute("aria-pressed"),
    axis: await page.getByLabel("Axis of Wrong bits per sequence").inputValue(),
    against: await page.getByRole("combobox", { name: "Against" }).inputValue(),
    from: await page.getByLabel("Show from").inputValue(),
  };
}
