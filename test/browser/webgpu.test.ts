/** Runs the webgpu engine where it needs no package: bundled, in a real browser, on its software device. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { GoldenResult } from "memnet";
import { skipBrowser, startChromium } from "./browser.testing.ts";

const at = (path: string) => fileURLToPath(new URL(`../../libs/memnet/${path}`, import.meta.url));

const script = `
import { checkGolden, createEngine, decodeSafetensors, goldenModel } from ${JSON.stringify(at("src/index.ts"))};
globalThis.check = async (name) => {
  const file = decodeSafetensors(new Uint8Array(await (await fetch(name)).arrayBuffer()));
  const engine = await createEngine("webgpu", goldenModel(file));
  const result = await checkGolden(engine, file);
  engine.dispose();
  return { detail: engine.detail, ...result };
};
`;

test("createWebgpuEngine() gives the golden numbers in a browser", {
  skip: skipBrowser,
  timeout: 240_000,
}, async () => {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: at("src") },
    ...{ bundle: true, write: false, format: "esm", platform: "browser", logLevel: "silent" },
  });
  const answers: Record<string, [type: string, body: string | Uint8Array]> = {
    "/": [
      "text/html",
      '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/script.js"></script>',
    ],
    "/script.js": ["text/javascript", outputFiles[0]!.text],
    "/golden": ["application/octet-stream", readFileSync(at("golden/dnc-writes.safetensors"))],
  };
  const server = createServer(({ url }, response) => {
    const [type, body] = answers[url ?? ""] ?? ["text/plain", "nothing here"];
    response.writeHead(200, { "content-type": type }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const flags = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
  const browser = await startChromium(flags);
  try {
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction("globalThis.check");
    const result = (await page.evaluate("check('/golden')")) as GoldenResult & { detail: string };
    assert.ok(result.pass, JSON.stringify(result));
    assert.match(result.detail, /swiftshader/i);
    assert.deepEqual(complaints, []);
  } finally {
    await browser.close();
    server.close();
  }
});
