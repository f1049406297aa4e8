/** A run of 100,000 steps, whose page must open at once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { servePage } from "@memnet/evaluator/page";
import { silentLog, systemDisk } from "@memnet/service";
import { skipWithout } from "@memnet/service/testing";
import { evaluationLine, RunsOnDisk } from "../../services/evaluator/src/page/folder.testing.ts";
import { startChromium, WatchedPage } from "./browser.testing.ts";

const steps = 100_000;
const evaluateEvery = 500;
const opensMsMax = 1000;
/** Others may use the machine while this test runs: the best of a few tells what the page needs. */
const tries = 5;

test("the page of a run of 100,000 steps opens within a second", {
  skip: skipWithout("chromium"),
  timeout: 180_000,
}, async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("long", { steps: 1, settings: { steps } });
  await runs.append("long", longLines());
  const shared = { disk: systemDisk, log: silentLog, held: async () => false };
  await using page = await servePage({ ...shared, port: 0, host: "127.0.0.1", root: runs.root });
  const browser = await startChromium();
  try {
    const took: number[] = [];
    for (let attempt = 0; attempt < tries; attempt++) {
      await using watched = await WatchedPage.open(browser, `${page.address}env/long`);
      const loss = watched.page.getByRole("img", { name: /^Loss, .*training .* at step 100,000/ });
      await loss.locator("canvas").waitFor();
      // Of the page's own clock, which begins when it is asked for.
      took.push(Math.round(await watched.page.evaluate("performance.now()")));
    }
    console.log(`the page of ${steps} steps opened in ${took.join(", ")} ms`);
    assert.ok(Math.min(...took) < opensMsMax, `it took ${took.join(", ")} ms`);
  } finally {
    await browser.close();
  }
});

function longLines(): string {
  const lines: string[] = [];
  for (let step = 2; step <= steps; step++) {
    const line = { kind: "step", step, loss: 1 + 1000 / step, gradientNorm: 1, seconds: 0.005 };
    lines.push(`${JSON.stringify(line)}\n`);
    if (step % evaluateEvery === 0) lines.push(evaluationLine(step, "validation", 1000 / step));
  }
  return lines.join("");
}
