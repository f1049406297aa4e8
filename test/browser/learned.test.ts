/**
 * The page of a network that has learned to copy: the memory at work looks as its explanations say.
 *
 *     MEMNET_SCREENSHOTS=FOLDER npm test -- test/browser/learned    also takes pictures, those of the README among them
 */

import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { writeReport } from "@memnet/page/report";
import type { Browser, Page } from "playwright-core";
import { Launcher } from "../integration/launcher.testing.ts";
import {
  type Look,
  phone,
  picture,
  pictures,
  picturesFolder,
  skipBrowser,
  startChromium,
  WatchedPage,
} from "./browser.testing.ts";

const options = { skip: skipBrowser, timeout: 240_000 };
const length = 20;

let launcher: Launcher;
let serving: ReturnType<Launcher["memnet"]>;
let browser: Browser;
let address: string;

before(async () => {
  if (skipBrowser) return;
  launcher = await Launcher.inFolder();
  // Solved after 1,250 of its 6,000 steps.
  const training = launcher.memnet(
    "train",
    ...["--run=learned", "--port=0", "--preset=copy-ntm", "--until=wrongBits<0.05"],
  );
  assert.equal((await training.ended).code, 0);
  serving = launcher.memnet("test", "learned", "--serve", "--port=0");
  address = (await serving.says(/(http\S+_test)\n/))[1]!;
  browser = await startChromium();
});

after(async () => {
  if (skipBrowser) return;
  await browser?.close();
  serving?.child.kill("SIGINT");
  await serving?.ended;
  await launcher?.[Symbol.asyncDispose]();
});

test("the read head of a learned NTM retraces the slots that the write head filled", options, async () => {
  await using watched = await opened();
  const { page } = watched;
  assert.match(await page.locator(".result").innerText(), /: 0 of 160 bits are wrong/);
  const [written, read]: [number[], number[]] = [[], []];
  for (let word = 0; word < length; word++) {
    // Words come after the first flag, and are answered after the second one.
    written.push(await slotOf(page, "write", 1 + word));
    read.push(await slotOf(page, "read", length + 2 + word));
  }
  assert.deepEqual(read, written);
  const moves = new Set(written.slice(1).map((slot, index) => (slot - written[index]! + 256) % 256));
  assert.equal(moves.size, 1, `the head walks from slot to slot: ${written}`);
});

test("a learned memory passes all checks", options, async () => {
  await using watched = await opened(phone);
  await watched.checkLooks("memory-ntm", async (look) => {
    // As high as the diagonals need.
    await watched.page.setViewportSize({ width: look.viewport.width, height: 1300 });
    await picture(watched.page, `test-${look.name}`);
  });
});

test("the page of a learned run passes all checks", options, async () => {
  await using watched = await WatchedPage.open(browser, address.replace(/_test$/, ""), phone);
  await watched.page.getByRole("img", { name: /^Gradient norm/ }).waitFor();
  await watched.checkLooks("run-ended", (look) => picture(watched.page, `run-${look.name}`));
});

if (picturesFolder) {
  test(
    "views of two checkpoints side by side and of a report are opened for their pictures",
    options,
    async () => {
      await using watched = await WatchedPage.open(
        browser,
        `${address}?size.length=${length}&beside=learned`,
      );
      await watched.page.locator(".result").nth(1).filter({ hasText: /wrong/ }).waitFor();
      await pictures(watched.page, "memory-two-checkpoints");
      const folder = join(launcher.runsDir, "report");
      const asked = { root: launcher.runsDir, run: "learned", folder, sizes: { length }, seed: null };
      const [path] = await writeReport({ ...asked, verify: "memnet verify learned" });
      await using report = await WatchedPage.open(browser, `file://${path}`);
      await pictures(report.page, "report");
    },
  );
}

async function opened(look?: Look): Promise<WatchedPage> {
  const watched = await WatchedPage.open(browser, `${address}?size.length=${length}`, look);
  await watched.page
    .getByRole("status")
    .filter({ hasText: /bits are wrong/ })
    .waitFor();
  return watched;
}

async function slotOf(page: Page, kind: "write" | "read", time: number): Promise<number> {
  await page.getByRole("slider", { name: "Time" }).fill(String(time));
  const [, slot] = new RegExp(`${kind} head: slot (\\d+)`).exec(await page.locator(".heads").innerText())!;
  return Number(slot);
}
