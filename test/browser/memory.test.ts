/**
 * The memory at work, on the page of small runs in a real Chromium: explained strips, slots in use, values under the
 * pointer, two checkpoints or runs side by side.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Locator, Page } from "playwright-core";
import {
  PageOfFolder,
  phone,
  pictures,
  picturesFolder,
  skipBrowser,
  WatchedPage,
} from "./browser.testing.ts";

const options = { skip: skipBrowser, timeout: 120_000 };
const wide = { slots: 20, width: 6 };

let folder: PageOfFolder;

before(async () => {
  if (skipBrowser) return;
  folder = await PageOfFolder.begin();
  await folder.runs.add("ntm", { settings: { memory: wide } });
  await folder.runs.add("many", { settings: { model: "dnc", memory: wide, heads: { reads: 4, writes: 1 } } });
  await folder.runs.add("dnc", { settings: { model: "dnc", memory: wide, heads: { reads: 2, writes: 1 } } });
});

after(async () => {
  await folder?.[Symbol.asyncDispose]();
});

test(
  "each strip is explained until the explanations are switched off, once for all visits",
  options,
  async () => {
    await using watched = await openPage("ntm");
    const { page } = watched;
    const sentence = page.getByText("the read heads retrace the slots that the write head filled");
    await sentence.waitFor();
    const strips = await page.locator(".strip").count();
    assert.equal(await page.locator(".strip .meaning").filter({ hasText: /\.$/ }).count(), strips);
    await page.getByLabel("Explanations").uncheck();
    assert.equal(await sentence.isVisible(), false);
    await watched.check();
    await page.reload();
    await isPlayed(page);
    assert.equal(await sentence.isVisible(), false);
    await page.getByLabel("Explanations").check();
    assert.equal(await sentence.isVisible(), true);
  },
);

test("the time axis names the phases of the mask, and rows tell data from flags", options, async () => {
  await using watched = await openPage("ntm", "?size.length=16");
  const { page } = watched;
  const axis = page.getByRole("img", { name: "Time: input from time 1 to 18, answer from time 19 to 34" });
  assert.equal(await axis.count(), 2);
  assert.match((await axis.first().innerText())!, /input\s+answer\s+5\s+10\s+15\s+20\s+25\s+30\s+time/);
  const input = strip(page, "Input");
  assert.match(await input.innerText(), /4 channels: data 0, 1; flags start, end/);
  assert.match(await input.locator(".rows").innerText(), /data\s+start\s+end/);
});

test("only slots in use are shown, at 4 pixels each at least, until all are asked for", options, async () => {
  await using watched = await openPage("dnc");
  const { page } = watched;
  const [, used, all] = /(\d+) of (\d+) slots are in use/.exec(await page.locator(".result").innerText())!;
  assert.ok(Number(used) < Number(all), `${used} of ${all}`);
  const weights = strip(page, "Write and read weights");
  const rows = () =>
    weights.locator("canvas[role=img]").evaluate((element) => {
      const { height, clientHeight } = element as unknown as { height: number; clientHeight: number };
      return { rows: height, height: clientHeight };
    });
  assert.equal((await rows()).rows, Number(used));
  const numbers = await weights.locator(".rows").innerText();
  assert.doesNotMatch(numbers, /^20$/m);
  await page.getByLabel("All slots").check();
  const every = await rows();
  assert.equal(every.rows, 20);
  assert.ok(every.height >= 4 * every.rows);
  assert.match(page.url(), /slots=all/);
  await page.goBack();
  await weights.getByText(`${used} slots`).waitFor();
});

test("the pointer finds time, slot and value on strips, memory and links", options, async () => {
  await using watched = await openPage("dnc", "?slots=all&size.length=4");
  const { page } = watched;
  const tip = page.locator(".tip");
  await hover(strip(page, "Write and read weights").locator("canvas[role=img]"), 0.15, 0.12);
  assert.match(await tip.innerText(), /^time 2, slot 3: write [\d.]+, read [\d.]+$/);
  await hover(strip(page, "Usage").locator("canvas[role=img]"), 0.99, 0.99);
  assert.match(await tip.innerText(), /^time 10, slot 20: [\d.]+$/);
  await page.getByRole("slider", { name: "Time" }).press("End");
  await hover(page.getByRole("img", { name: /^Memory at time/ }), 0.99, 0.01);
  assert.match(await tip.innerText(), /^time 10, slot 1, number 6: -?[\d.]+$/);
  await hover(page.getByRole("img", { name: /^Links at time/ }), 0.99, 0.01);
  assert.match(await tip.innerText(), /^time 10, from slot 20 to slot 1: [\d.]+$/);
  await page.mouse.move(0, 0);
  assert.equal(await tip.isVisible(), false);
  await watched.check();
});

test("writing and reading are overlaid, and apart on demand", options, async () => {
  await using watched = await openPage("ntm");
  const { page } = watched;
  const titles = async () =>
    (await page.locator(".strip figcaption").allInnerTexts()).map((text) => text.trim());
  const has = async (begin: string) => (await titles()).some((title) => title.startsWith(begin));
  assert.match(await strip(page, "Write and read weights").innerText(), /write\s*read\s*both/);
  await page.getByLabel("Writing and reading apart").check();
  assert.deepEqual(
    [await has("Write and read"), await has("Write weights"), await has("Read weights")],
    [false, true, true],
  );
  for (const title of ["Write shift", "Read shift", "Sharpening", "Key strengths", "Written", "Read "]) {
    assert.ok(await has(title), title);
  }
  await page.getByLabel("Writing and reading apart").uncheck();
  assert.equal(await has("Write and read"), true);
});

test("two read heads have strips of their own, and the others when all are asked for", options, async () => {
  await using watched = await openPage("many");
  const { page } = watched;
  assert.equal(await strip(page, /^Read, head/).count(), 2);
  await page.getByLabel("All heads").check();
  assert.equal(await strip(page, /^Read, head/).count(), 4);
  assert.match(page.url(), /heads=all/);
  await page.getByLabel("All heads").uncheck();
  await watched.check();
  await page.goto(`${folder.address}env/dnc_test`);
  await isPlayed(page);
  assert.equal(await page.getByLabel("All heads").isVisible(), false);
});

test("head positions are marked at the memory's edges, at the chosen time", options, async () => {
  await using watched = await openPage("ntm", "?slots=all&time=1");
  const { page } = watched;
  for (const [kind, text] of [
    ["write", "▶"],
    ["read", "◀"],
  ] as const) {
    const heads = await page.locator(".heads").innerText();
    const [, slot] = new RegExp(`${kind} head: slot (\\d+)`).exec(heads)!;
    const mark = page.locator(`.mark-${kind}`);
    assert.equal(await mark.innerText(), text);
    const top = await mark.evaluate(
      (element) => (element as unknown as { style: { top: string } }).style.top,
    );
    assert.ok(Math.abs(Number.parseFloat(top) - ((Number(slot) - 0.5) / 20) * 100) < 0.01, top);
  }
});

test("two checkpoints and two runs are shown side by side on the same episode", options, async () => {
  await using watched = await openPage("ntm", "?size.length=3");
  const { page } = watched;
  const beside = page.getByLabel("Side by side with");
  await beside.selectOption({ label: "another checkpoint of this run" });
  const results = page.locator(".result");
  const says = async (text: RegExp) => await results.nth(1).filter({ hasText: text }).waitFor();
  await says(/^Step 1:/);
  assert.match(await results.first().innerText(), /^Step 4:/);
  assert.equal(await page.locator(".over-time").count(), 2);
  const slider = page.getByRole("slider", { name: "Checkpoint beside it" });
  await slider.press("End");
  await says(/^Step 4:/);
  await slider.press("Home");
  await says(/^Step 1:/);
  for (const title of ["Written", "Key strengths"]) {
    const scales = strip(page, title).locator(".scale");
    assert.equal(await scales.first().innerText(), await scales.nth(1).innerText());
  }
  await page.getByText("equal colours mean equal values").waitFor();
  await beside.selectOption({ label: "run dnc" });
  await page.getByRole("heading", { name: "dnc", exact: true }).waitFor();
  await says(/bits are wrong/);
  assert.equal(await strip(page, "Usage").count(), 1);
  assert.doesNotMatch(await results.nth(1).innerText(), /another one/);
  await watched.check();
  await page.reload();
  await page.getByRole("heading", { name: "dnc", exact: true }).waitFor();
  await says(/bits are wrong/);
});

test("the address keeps the episode: a reload and the back button show the same", options, async () => {
  await using watched = await openPage(
    "ntm",
    "?size.length=5&seed=9&episode=2&checkpoint=1&time=4&weights=apart",
  );
  const { page } = watched;
  const shown = async () => [
    ...(await Promise.all(
      ["Length", "Seed", "Episode"].map((name) => page.getByRole("spinbutton", { name }).inputValue()),
    )),
    await page.getByRole("slider", { name: "Time" }).getAttribute("aria-valuetext"),
    (await page.locator(".result").innerText()).slice(0, 7),
    await page.getByLabel("Writing and reading apart").isChecked(),
  ];
  const wanted = ["5", "9", "2", "4 of 12", "Step 1:", true];
  assert.deepEqual(await shown(), wanted);
  await page.getByLabel("Length").fill("6");
  await page.getByRole("slider", { name: "Time" }).press("ArrowRight");
  await page.waitForURL(/size\.length=6.*time=5|time=5.*size\.length=6/);
  await page.reload();
  await page
    .locator(".result")
    .filter({ hasText: /of 12 bits/ })
    .waitFor();
  assert.deepEqual((await shown())[3], "5 of 14");
});

test("the picture stays when a server that has gone can play no other checkpoint", options, async () => {
  await using watched = await openPage("ntm");
  const { page } = watched;
  const said = await page.locator(".result").innerText();
  const strips = await page.locator(".strip").count();
  await page.route("**/episode?**", (route) => route.abort());
  const checkpoint = page.getByRole("slider", { name: "Checkpoint" });
  const step = await checkpoint.getAttribute("aria-valuetext");
  const failed = page.waitForEvent("requestfailed");
  await checkpoint.press("Home");
  await failed;
  await page.waitForFunction(
    `document.getElementById("checkpoint").getAttribute("aria-valuetext") === "${step}"`,
  );
  assert.equal(await page.locator(".result").innerText(), said);
  assert.equal(await page.locator(".strip").count(), strips);
});

test("the bound of a size is beside its field, and a refused size leaves no picture", options, async () => {
  await using watched = await openPage("ntm");
  const { page } = watched;
  const field = page.getByLabel("Length");
  await page.getByText("1 to 120, trained on 1 to 2").waitFor();
  assert.ok((await page.locator(".strip").count()) > 0);
  const link = page.getByRole("link", { name: "Picture as SVG" });
  assert.match((await link.getAttribute("href"))!, /\/ntm\/episode\.svg\?length=2&seed=1&episode=0&step=4$/);
  await field.fill("121");
  await page.locator(".result").filter({ hasText: "length must be from 1 to 120, got 121" }).waitFor();
  assert.equal(await page.locator(".strip, .still, .heads li").count(), 0);
  assert.equal(await link.isVisible(), false);
  await pictures(page, "error-size");
  await field.fill("120");
  await isPlayed(page);
  assert.ok((await page.locator(".strip").count()) > 0);
});

for (const [view, query] of [
  ["memory-dnc", "?size.length=8"],
  ["memory-two-runs", "?size.length=8&beside=ntm"],
] as const) {
  test(`a memory with its explanations passes all checks, ${view}`, options, async () => {
    const address = `${folder.address}env/dnc_test${query}`;
    await using watched = await WatchedPage.open(folder.browser, address, phone);
    await isPlayed(watched.page);
    if (view === "memory-two-runs")
      await watched.page.locator(".result").nth(1).filter({ hasText: /wrong/ }).waitFor();
    await watched.checkLooks(view);
  });
}

if (picturesFolder) {
  test("an LSTM's episode and a run that is not there are opened for their pictures", options, async () => {
    await folder.runs.add("lstm", { settings: { model: "lstm" } });
    await using watched = await openPage("lstm", "?size.length=8");
    await pictures(watched.page, "memory-lstm");
    await watched.page.goto(`${folder.address}env/gone`);
    await pictures(watched.page, "error-no-run");
  });
}

async function openPage(run: string, query = ""): Promise<WatchedPage> {
  const watched = await WatchedPage.open(folder.browser, `${folder.address}env/${run}_test${query}`);
  await isPlayed(watched.page);
  return watched;
}

async function isPlayed(page: Page): Promise<void> {
  await page
    .locator(".result")
    .first()
    .filter({ hasText: /bits are wrong/ })
    .waitFor();
}

function strip(page: Page, title: string | RegExp): Locator {
  return page.locator(".strip").filter({ has: page.locator("figcaption", { hasText: title }) });
}

/** Moves the pointer to a place of a heatmap, from 0 to 1. */
async function hover(canvas: Locator, x: number, y: number): Promise<void> {
  await canvas.scrollIntoViewIfNeeded();
  const { width, height } = (await canvas.boundingBox())!;
  await canvas.hover({ position: { x: x * width, y: y * height } });
}
