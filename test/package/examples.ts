/** Runs the examples where a user would: beside the installed package. */

import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { pageOf } from "./in-browser.ts";
import type { User } from "./user.ts";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));

/** Each example by its name. */
export function exampleChecks(user: User, browser: Browser): Readonly<Record<string, () => Promise<void>>> {
  const node = async (...args: string[]) => (await user.run(process.execPath, args)).out;
  const memnet = async (...args: string[]) =>
    (await user.run("npx", ["--no-install", "memnet", ...args])).out;
  return {
    "train.mjs": async () => {
      await cp(examples, user.folder, { recursive: true });
      assert.match(await node("train.mjs"), /^100 [\d.]+\n200 [\d.]+\n300 [\d.]+\n[0-9a-f]{64}\n$/);
    },
    "record.mjs and own-task.ts": async () => {
      const [sha256] = (await node("record.mjs")).split(":");
      assert.match(await memnet("verify", "parity"), new RegExp(`SHA-256 {4}${sha256}`));
      assert.match(await memnet("runs"), /^parity +\S+ +parity +100 +100 .*ended/m);
      assert.match(await memnet("report", "parity"), /parity-report/);
      assert.match(await memnet("tasks", "./own-task.ts"), /^parity: length 1–8/);
    },
    "draw-memory.mjs": async () => {
      const out = await node("draw-memory.mjs", join("runs", "one"));
      assert.match(
        out,
        /wrong bits\n\nwriteWeights of head 1\n[\s\S]*readWeights of head 1\n[\s\S]*last word [01]{8}\n$/,
      );
    },
    "own-loop.mjs": async () => {
      assert.match(
        await node("own-loop.mjs"),
        /wrong bits\nlarger, step 10: [\d.]+\nlarger, step 20: [\d.]+\n[0-9a-f]{64}\n$/,
      );
    },
    "page/": async () => {
      const out = join(user.folder, "page-by-vite");
      const build = [
        user.tool("vite", "bin", "vite.js"),
        "build",
        "page",
        "--outDir",
        out,
        "--logLevel",
        "error",
      ];
      await user.run(process.execPath, build);
      await pageOf(browser, out, async (page) => {
        await page.waitForFunction("Number(document.body.dataset.step) >= 150", undefined, {
          timeout: 60_000,
        });
        const shown = await page.textContent("#status");
        assert.match(shown ?? "", /^Step \d+, loss [\d.]+ nats, \d+ of 80 bits wrong$/);
        const dark = await page.evaluate(
          "(() => { const c = document.getElementById('writes'); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 === 0 && v < 200).length; })()",
        );
        assert.ok((dark as number) > 0, "the picture of the memory must not be empty");
        const folder = process.env.MEMNET_SCREENSHOTS;
        if (folder) await page.screenshot({ path: join(folder, "example-page.png"), fullPage: true });
      });
    },
  };
}
