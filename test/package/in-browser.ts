/** Trains in a real Chromium, from what a bundler made of a user's page. */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";
import type { Browser, Page } from "playwright-core";

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript" };

/** Serves a folder, opens its index.html and hands it over; fails if the page has an error. */
export async function pageOf(
  browser: Browser,
  folder: string,
  look: (page: Page) => Promise<void>,
): Promise<void> {
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
  const failures: string[] = [];
  page.on("pageerror", (error) => failures.push(String(error)));
  page.on("console", (message) => message.type() === "error" && failures.push(message.text()));
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await look(page).catch((cause) => {
      throw new Error(`The page is not as it must be: ${failures.join("; ") || cause}`, { cause });
    });
  } finally {
    await page.close();
    server.close();
  }
}

/** The title that a page sets when it is done, within a minute. */
export async function titleOf(browser: Browser, folder: string): Promise<string> {
  let title = "";
  await pageOf(browser, folder, async (page) => {
    await page.waitForFunction("document.title !== ''", undefined, { timeout: 60_000 });
    title = await page.title();
  });
  return title;
}
