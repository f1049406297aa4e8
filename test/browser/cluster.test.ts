/** The page's cluster view: real processes are killed while a real Chromium is watching. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { servePage } from "@memnet/page";
import { silentLog, systemDisk } from "@memnet/service";
import type { Browser, Page } from "playwright-core";
import { Cluster } from "../integration/cluster.testing.ts";
import { phone, picture, skipBrowser, startChromium, WatchedPage } from "./browser.testing.ts";

const options = { skip: skipBrowser, timeout: 240_000 };
const run = "watched";

/** At least one of each: on a busy machine a trainer that lives may count as lost for a while, too. */
const timeline = /^Time line of \d+ events: [1-9]\d* faults?, [1-9]\d* recover(y|ies)\./;

let cluster: Cluster;
let trainers: ReturnType<Cluster["spawn"]>[];
let coordinator: ReturnType<Cluster["spawn"]>;
let browser: Browser;
let address: string;

before(async () => {
  if (skipBrowser) return;
  cluster = await Cluster.start("socket");
  cluster.spawn("evaluator", "--page-port=0");
  cluster.spawn("data-env");
  trainers = Array.from({ length: 3 }, () => cluster.spawn("trainer"));
  // No snapshot is made within the test, so the page knows of the steps from the coordinator alone.
  const far = ["--steps=1000000", "--set=evaluateEvery=1000000", "--set=checkpointEvery=1000000"];
  coordinator = cluster.coordinate(run, ...far);
  [, address = ""] = await cluster.says(/"address":"(http[^"]+)"/);
  await cluster.until(({ step, trainers }) => step > 0 && trainers === 3);
  browser = await startChromium();
});

after(async () => {
  if (skipBrowser) return;
  await browser?.close();
  await cluster?.[Symbol.asyncDispose]();
});

test("the page shows between snapshots how far the run is, and what each actor does", options, async () => {
  await using watched = await WatchedPage.open(browser, `${address}env/${run}`);
  const { page } = watched;
  await stepGrows(page);
  await turn(page, "away");
  await turn(page, "back");
  await stepGrows(page);
  const { step } = (await (await fetch(`${address}api/runs/${run}`)).json()) as { step: number };
  assert.equal(step, 0, "the files have no step yet");

  const rows = page.getByRole("region", { name: "3 trainers" }).getByRole("row");
  // On a busy machine a trainer may be late for a while, and then is not said to compute.
  await rows.filter({ hasText: "computes" }).nth(2).waitFor({ timeout: 120_000 });
  assert.equal(await rows.count(), 4);
  await page.getByRole("region", { name: "1 data-env" }).waitFor();
  assert.match((await page.locator(".stack-key").textContent())!, /waiting for trainers \S+ m?s \(\d+ %\)/);
  await watched.check();
});

test(
  "a killed trainer leaves the table, and a fault and a recovery appear on the timeline",
  options,
  async () => {
    await using watched = await WatchedPage.open(browser, `${address}env/${run}`);
    const { page } = watched;
    await page.getByRole("region", { name: "3 trainers" }).waitFor();
    const gone = once(trainers[0]!, "exit");
    trainers[0]!.kill("SIGKILL");
    await gone;
    const left = page.getByRole("region", { name: "2 trainers" });
    await left.waitFor();
    await page.getByRole("img", { name: timeline }).waitFor();
    const list = page.getByRole("group", { name: "Events, newest first" });
    assert.match((await list.textContent())!, /joined/);
    await page.getByLabel("List").selectOption("faults");
    const shown = await list.getByRole("listitem").allTextContents();
    assert.ok(shown.some((line) => /recoveredfault trainer, seconds/.test(line)));
    const ids = await left.getByRole("rowheader").allTextContents();
    const lost = shown.filter((line) => /losttrainer /.test(line));
    assert.ok(lost.some((line) => ids.every((id) => !line.includes(id))));
    await watched.check();
  },
);

test("the cluster view passes all checks", options, async () => {
  await using watched = await WatchedPage.open(browser, `${address}env/${run}`, phone);
  const { page } = watched;
  await page.getByRole("region", { name: "2 trainers" }).waitFor();
  await watched.checkLooks("run-cluster", (look) =>
    picture(page, `cluster-${look.name}`, ["cluster-heading", "model-heading"]),
  );
});

test("without its coordinator the run is shown as not training, and its events stay", options, async () => {
  await using watched = await WatchedPage.open(browser, `${address}env/${run}`);
  const { page } = watched;
  await page.getByRole("region", { name: "2 trainers" }).waitFor();
  coordinator.kill("SIGKILL");
  await page.getByText("No coordinator is training this run.").waitFor();
  await page.locator("#state").getByText("stopped").waitFor();
  await watched.check();

  const shared = { disk: systemDisk, log: silentLog, held: async () => false, who: null };
  await using files = await servePage({ ...shared, port: 0, host: "127.0.0.1", root: cluster.runsDir });
  await using alone = await WatchedPage.open(browser, `${files.address}env/${run}`);
  await alone.page.getByText("This page only reads files.").waitFor();
  await alone.page.getByRole("img", { name: timeline }).waitFor();
  await alone.check();
  await files[Symbol.asyncDispose]();
  await alone.page.getByText(/^No answer from the server: what is shown is as of/).waitFor();
});

/** Simulates a user who switches to another window and back. */
async function turn(page: Page, where: "away" | "back"): Promise<void> {
  const hidden = `Object.defineProperty(document, "hidden", { value: ${where === "away"}, configurable: true })`;
  await page.evaluate(`${hidden}; document.dispatchEvent(new Event("visibilitychange"))`);
}

async function stepGrows(page: Page): Promise<void> {
  const first = await liveStep(page);
  while ((await liveStep(page)) <= first) await page.waitForTimeout(100);
}

async function liveStep(page: Page): Promise<number> {
  const fact = page.locator(".fact").filter({ hasText: "Step" }).first();
  const text = (await fact.locator(".value").textContent())!;
  return Number(text.replaceAll(",", ""));
}
