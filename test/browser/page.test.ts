/** The page of a real run in a real Chromium. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Locator, Page } from "playwright-core";
import { pacedRepeatCopy } from "../cluster/paced-repeat-copy.ts";
import { Launcher } from "../integration/launcher.testing.ts";
import { phone, skipBrowser, startChromium, WatchedPage } from "./browser.testing.ts";

const options = { skip: skipBrowser, timeout: 240_000 };
const run = "seen";

let launcher: Launcher;
let training: ReturnType<Launcher["memnet"]>;
let browser: Browser;
let address: string;

before(async () => {
  if (skipBrowser) return;
  launcher = await Launcher.inFolder();
  training = launcher.memnet(
    "train",
    ...[`--run=${run}`, "--port=0", "--preset=original-dnc-repeat-copy-fast", `--task=${pacedRepeatCopy}`],
    // It trains until the tests have ended, with an evaluation about every two seconds.
    ...["--steps=100000", "--set=checkpointEvery=50", "--set=evaluateEvery=50"],
    ...["--set=evaluationBatches=2", "--set=beyondEvery=1"],
  );
  address = (await training.says(/page +(http\S+)\/env\//))[1]!;
  // Wait until the run has been evaluated twice.
  while ((await stepOf(run)) < 100) await new Promise((resolve) => setTimeout(resolve, 100));
  browser = await startChromium();
});

after(async () => {
  if (skipBrowser) return;
  await browser?.close();
  training?.child.kill("SIGINT");
  await training?.ended;
  await launcher?.[Symbol.asyncDispose]();
});

test("the list leads to the run, whose curves grow without reloading the page", options, async () => {
  await using watched = await WatchedPage.open(browser, address);
  const { page } = watched;
  await page.getByRole("link", { name: run }).click();
  await page.waitForURL(`${address}/env/${run}`);
  await page.evaluate("window.sameDocument = true");
  const chart = page.getByRole("img", { name: /^Loss, bits per sequence against training steps\. Newest: / });
  const first = await newestStep(chart);
  while ((await newestStep(chart)) <= first) await page.waitForTimeout(200);
  assert.equal(await page.evaluate("window.sameDocument"), true);
  // A busy machine also waits for its snapshots.
  assert.match((await page.locator("#state").textContent())!, /training|waiting/);
  assert.match((await page.getByRole("group", { name: "Events" }).textContent())!, /joinedtrainer /);
  await watched.check();
});

test("lines are hidden by their buttons, and the axis can be switched to linear", options, async () => {
  await using watched = await WatchedPage.open(browser, `${address}/env/${run}`);
  const { page } = watched;
  const chart = page.locator(".chart").first();
  await chart.locator("canvas").waitFor();
  const says = async () => (await chart.getAttribute("aria-label"))!;
  assert.match(await says(), /training .* at step/);
  const button = page.getByRole("button", { name: "training", exact: true });
  await button.focus();
  await page.keyboard.press("Enter");
  assert.equal(await button.getAttribute("aria-pressed"), "false");
  assert.doesNotMatch(await says(), /: training/);
  const before = await chart.screenshot();
  await page.getByLabel("Axis of Loss, bits per sequence").selectOption("linear");
  assert.notDeepEqual(await chart.screenshot(), before);
  await watched.check();
});

test("sliders move through checkpoints and times, by keyboard and by themselves", options, async () => {
  await using watched = await WatchedPage.open(browser, `${address}/env/${run}`);
  const { page } = watched;
  const said = page.getByRole("status");
  await said.filter({ hasText: /bits are wrong/ }).waitFor();

  const checkpoint = page.getByRole("slider", { name: "Checkpoint" });
  const shown = Number(/Step ([\d,]+)/.exec((await said.textContent())!)![1]!.replaceAll(",", ""));
  await checkpoint.press("Home");
  await said.filter({ hasText: /^Step 0:/ }).waitFor();
  assert.ok(shown > 0);

  const time = page.getByRole("slider", { name: "Time" });
  const memory = page.getByRole("img", { name: /^Memory at time/ });
  await time.press("Home");
  const begin = await pixelsOf(memory);
  await time.press("End");
  assert.notEqual(await pixelsOf(memory), begin);
  assert.match((await memory.getAttribute("aria-label"))!, /^Memory at time 9: \d+ slots/);

  await time.press("Home");
  await page.getByRole("button", { name: "Play time" }).click();
  await page.getByRole("button", { name: "Pause time" }).waitFor();
  while ((await time.inputValue()) !== "8") await page.waitForTimeout(50);
  await page.getByRole("button", { name: "Play time" }).waitFor();
  await watched.check();
});

test(
  "the test page plays the requested episode, and explains why another cannot be played",
  options,
  async () => {
    await using watched = await WatchedPage.open(browser, `${address}/env/${run}_test`);
    const { page } = watched;
    const said = page.getByRole("status");
    await said.filter({ hasText: /of 25 bits are wrong/ }).waitFor();
    await page.getByRole("spinbutton", { name: "Length" }).fill("4");
    await page.getByRole("spinbutton", { name: "Repeats" }).fill("3");
    await said.filter({ hasText: /of 65 bits are wrong/ }).waitFor();
    await watched.check();
    await page.getByRole("spinbutton", { name: "Length" }).fill("21");
    await said.filter({ hasText: "length must be from 1 to 20, got 21" }).waitFor();
  },
);

test(
  "memnet test RUN --serve shows the same without an evaluator, until it is stopped",
  options,
  async () => {
    const serving = launcher.memnet("test", run, "--serve", "--port=0");
    const [, served] = await serving.says(/(http\S+)_test\n/);
    await using watched = await WatchedPage.open(browser, `${served}_test`);
    await drawn(watched.page);
    serving.child.kill("SIGINT");
    assert.equal((await serving.ended).code, 0);
  },
);

for (const [what, path] of [
  ["runs", "/"],
  ["run", `/env/${run}`],
  ["test", `/env/${run}_test`],
] as const) {
  test(`every page passes all checks, ${what}`, options, async () => {
    await using watched = await WatchedPage.open(browser, address + path, phone);
    if (what !== "runs") await drawn(watched.page);
    await watched.checkLooks(what === "run" ? "run-training" : null);
  });
}

/** Returns 0 before there is a run, or an evaluator that reports it. */
async function stepOf(name: string): Promise<number> {
  const response = await fetch(`${address}/api/runs/${name}`).catch(() => undefined);
  if (!response?.ok) return 0;
  return ((await response.json()) as { step: number }).step;
}

async function drawn(page: Page): Promise<void> {
  await page
    .getByRole("status")
    .filter({ hasText: /bits are wrong/ })
    .waitFor();
}

async function newestStep(chart: Locator): Promise<number> {
  const text = (await chart.getAttribute("aria-label"))!;
  return Number(/training \S+ at step ([\d,]+)/.exec(text)![1]!.replaceAll(",", ""));
}

function pixelsOf(canvas: Locator): Promise<string> {
  return canvas.evaluate((element) => (element as unknown as { toDataURL(): string }).toDataURL());
}
