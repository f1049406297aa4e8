/** Runs a real Chromium for tests, and checks what must hold for every page. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type PageServer, servePage } from "@memnet/page";
import { RunsOnDisk } from "@memnet/page/testing";
import { silentLog, systemDisk } from "@memnet/service";
import { skipWithout } from "@memnet/service/testing";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export interface Look {
  readonly name: string;
  readonly colorScheme: "light" | "dark";
  readonly viewport: { readonly width: number; readonly height: number };
}

export const looks: readonly Look[] = [
  { name: "light", colorScheme: "light", viewport: { width: 1280, height: 900 } },
  { name: "dark", colorScheme: "dark", viewport: { width: 1280, height: 900 } },
  { name: "phone", colorScheme: "light", viewport: { width: 390, height: 844 } },
];

/** The look in which a page has the least room. */
export const phone = looks[2]!;

/** Chromium without windows, which starts in a third of the time, or all of Chromium. */
const programs = ["chromium-headless-shell", "chromium"] as const;

/** For a test's `skip` option: why there is no browser, or false. */
export const skipBrowser = skipWithout(programs[0]) && skipWithout(programs[1]);

export function startChromium(flags: readonly string[] = []): Promise<Browser> {
  const look = programs.map((program) => `command -v ${program}`).join(" || ");
  const executablePath = execFileSync("sh", ["-c", look], { encoding: "utf8" }).trim();
  // A container offers no sandbox, and the pages are our own.
  return chromium.launch({ executablePath, args: ["--no-sandbox", ...flags] });
}

/** Waits until a page shows what it was opened for: its document is complete before the first figures arrive. */
export async function isDrawn(page: Page): Promise<void> {
  await page.locator("main:not([aria-busy])").waitFor();
}

/** A page whose test fails if the page logs a complaint, violates its own policy or contacts another server. */
export class WatchedPage implements AsyncDisposable {
  readonly page: Page;
  private readonly context: BrowserContext;
  private readonly complaints: string[] = [];

  static async open(browser: Browser, address: string, look: Look = looks[0]!): Promise<WatchedPage> {
    const context = await browser.newContext({ colorScheme: look.colorScheme, viewport: look.viewport });
    const watched = new WatchedPage(context, await context.newPage(), new URL(address).origin);
    await watched.page.goto(address);
    await isDrawn(watched.page);
    return watched;
  }

  private constructor(context: BrowserContext, page: Page, origin: string) {
    this.context = context;
    this.page = page;
    page.on("console", (message) => {
      // For a failed request the text has only the status, and the location has the address.
      const { url } = message.location();
      if (["error", "warning"].includes(message.type())) this.complaints.push(`${message.text()} (${url})`);
    });
    page.on("pageerror", (error) => this.complaints.push(String(error)));
    page.on("request", (request) => {
      const { protocol, origin: asked } = new URL(request.url());
      if (asked !== origin && protocol !== "blob:" && protocol !== "data:") {
        this.complaints.push(`asked ${request.url()}`);
      }
    });
  }

  /** Fails if the page has logged a complaint, axe finds a problem, or the page is wider than the window. */
  async check(): Promise<void> {
    await this.page.evaluate(axe);
    const violations = await this.page.evaluate(async () => {
      const tool = (
        globalThis as unknown as { axe: { run(options: object): Promise<{ violations: Violation[] }> } }
      ).axe;
      const { violations } = await tool.run({ resultTypes: ["violations"] });
      return violations.map(
        ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join(" ")}`,
      );
      interface Violation {
        id: string;
        help: string;
        nodes: { html: string }[];
      }
    });
    assert.deepEqual(violations, []);
    assert.deepEqual(this.complaints, []);
    const overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert.equal(await this.page.evaluate(overflow), 0, "the page is wider than its window");
  }

  /**
   * Checks the page in each look, and takes the view's pictures if they are wanted. A page that was opened as on a phone
   * follows the window's size and the system's colours into the other looks.
   *
   * @param view the pictures' name; null for none
   * @param also called in each look
   */
  async checkLooks(view: string | null, also?: (look: Look) => Promise<unknown>): Promise<void> {
    for (const look of looks.toReversed()) {
      await wear(this.page, look);
      await this.check();
      if (view) await pictures(this.page, view, [look]);
      await also?.(look);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}

/** Gives a page a look, and time for charts to follow. */
async function wear(page: Page, { colorScheme, viewport }: Look): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.setViewportSize(viewport);
  await page.waitForTimeout(settleMs);
}

/** The folder for pictures of every view; undefined if none are taken. */
export const picturesFolder = process.env.MEMNET_SCREENSHOTS;

/** How long charts take to follow a window's size. */
const settleMs = 300;

/** Takes pictures of a view, as far as it scrolls, if they are wanted: NAME-LOOK.png for each look. */
export async function pictures(page: Page, name: string, shown: readonly Look[] = looks): Promise<void> {
  if (!picturesFolder) return;
  await mkdir(picturesFolder, { recursive: true });
  for (const look of shown) {
    await page.mouse.move(0, 0);
    await wear(page, look);
    await page.screenshot({ path: join(picturesFolder, `${name}-${look.name}.png`), fullPage: true });
  }
}

/**
 * Takes a picture for the README if pictures are wanted. Skips phone-sized looks, which the README lacks.
 *
 * @param between the headings around the wanted part; without them, the part that the window shows
 */
export async function picture(page: Page, name: string, between?: readonly [string, string]): Promise<void> {
  if (!picturesFolder || name.endsWith("-phone")) return;
  const folder = join(picturesFolder, "readme");
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${name}.png`);
  if (!between) return void (await page.screenshot({ path }));
  const [top, bottom] = await Promise.all(
    between.map(
      (id) =>
        page.evaluate(
          `document.getElementById("${id}").getBoundingClientRect().top + window.scrollY`,
        ) as Promise<number>,
    ),
  );
  const clip = { x: 0, y: top! - margin, width: page.viewportSize()!.width, height: bottom! - top! };
  await page.screenshot({ path, fullPage: true, clip });
}

/** The space around a part of a page, in pixels. */
const margin = 12;

/** A runs folder that a test fills, its page without an evaluator, and a browser. */
export class PageOfFolder implements AsyncDisposable {
  readonly runs: RunsOnDisk;
  readonly browser: Browser;
  readonly address: string;
  private readonly server: PageServer;

  static async begin(): Promise<PageOfFolder> {
    const runs = await RunsOnDisk.begin();
    const shared = { disk: systemDisk, log: silentLog, held: async () => true, who: null };
    const server = await servePage({ ...shared, port: 0, host: "127.0.0.1", root: runs.root });
    return new PageOfFolder(runs, server, await startChromium());
  }

  private constructor(runs: RunsOnDisk, server: PageServer, browser: Browser) {
    this.runs = runs;
    this.server = server;
    this.address = server.address;
    this.browser = browser;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await this.server[Symbol.asyncDispose]();
    await this.runs[Symbol.asyncDispose]();
  }
}
