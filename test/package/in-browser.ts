/** Trains in a real Chromium, from what a bundler made of a user's page. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Browser } from "playwright-core";

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

/**
 * Serves a folder, opens its index.html, and waits until the page's title is set.
 *
 * @returns the title
 */
export async function titleOf(browser: Browser, folder: string): Promise<string> {
  const server = createServer(async ({ url }, answer) => {
    const path = url === "/" ? "/index.html" : url!;
    try {
      const body = await readFile(join(folder, path));
      answer.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" }).end(body);
    } catch {
      answer.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = await browser.newPage();
  try {
    const failures: string[] = [];
    page.on("pageerror", (error) => failures.push(String(error)));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction("document.title !== ''", undefined, { timeout: 60_000 }).catch((cause) => {
      throw new Error(`The page has no title after a minute: ${failures.join("; ") || "it says nothing"}`, {
        cause,
      });
    });
    return await page.title();
  } finally {
    await page.close();
    server.close();
  }
}
