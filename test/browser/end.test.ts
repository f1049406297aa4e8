/** The page of a run through the run's end, in a real Chromium. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { skipWithout } from "@memnet/service/testing";
import type { Browser, Page } from "playwright-core";
import { Launcher } from "../integration/launcher.testing.ts";
import { pictures, skipBrowser, startChromium, WatchedPage } from "./browser.testing.ts";

const skip = skipBrowser || skipWithout("script");
const options = { skip, timeout: 240_000 };
/** Enough steps for a browser to open the page meanwhile. */
const flags = ["--preset=original-dnc-repeat-copy-fast", "--steps=2000", "--set=evaluateEvery=1000"];

let browser: Browser;
before(async () => {
  if (!skip) browser = await startChromium();
});
after(() => browser?.close());

const addressOf = (text: readonly string[]) => text[0]!;

test("in a terminal the page stays up after the run, until Ctrl-C", options, async () => {
  await using launcher = await Launcher.inFolder();
  const train = launcher.trainInTerminal("shown", ...flags);
  await using watched = await WatchedPage.open(browser, addressOf(await train.says(/http:\S+env\/shown/)));
  const { page } = watched;
  await train.says(/Done at step 2,000[\s\S]*The page stays at \S+env\/shown until Ctrl-C/);
  await showsTheEnd(page);
  await page.reload();
  await showsTheEnd(page);
  assert.equal(await page.locator("#away").isVisible(), false);
  train.child.stdin.write("\x03");
  assert.equal((await train.ended).code, 0);
  await saysThatItIsOver(page, launcher);
  await pictures(page, "server-gone");
});

test("in a pipe the page ends with the run, after it has shown the end", options, async () => {
  await using launcher = await Launcher.inFolder();
  const train = launcher.train("piped", ...flags);
  await using watched = await WatchedPage.open(browser, addressOf(await train.says(/http:\S+env\/piped/)));
  const { page } = watched;
  assert.equal((await train.ended).code, 0);
  await showsTheEnd(page);
  await saysThatItIsOver(page, launcher);
});

const stateIs = (page: Page, state: string) =>
  page.locator("#state").getByText(state, { exact: true }).waitFor();

/** The end of training reaches a page that was opened before it. */
async function showsTheEnd(page: Page): Promise<void> {
  await stateIs(page, "ended");
  await page.locator("#facts").getByText("2,000", { exact: true }).first().waitFor();
}

/** The page names the command that shows the run again, and that works. */
async function saysThatItIsOver(page: Page, launcher: Launcher): Promise<void> {
  const said = page.locator("#away");
  await said.getByText("Training has ended, and the server with it").waitFor();
  const command = (await said.locator("code").textContent())!;
  const again = launcher.pasted(`${command} --port=0`);
  const [address] = await again.says(/http:\S+_test/);
  assert.equal((await fetch(address!)).status, 200);
}
