import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { test } from "node:test";
import { listen, silentLog, systemDisk } from "@memnet/service";
import { RunsOnDisk } from "./folder.testing.ts";
import { pagePortDefault } from "./port.ts";
import { servePage } from "./server.ts";

async function served(port: number | null) {
  const runs = await RunsOnDisk.begin();
  await runs.add("a");
  const shared = { disk: systemDisk, log: silentLog, held: async () => false, who: null };
  try {
    const page = await servePage({ ...shared, port, host: "127.0.0.1", root: runs.root });
    return {
      ...page,
      async [Symbol.asyncDispose]() {
        await page[Symbol.asyncDispose]();
        await runs[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await runs[Symbol.asyncDispose]();
    throw error;
  }
}

test("servePage() answers on the loopback interface until it is closed, including open streams", async () => {
  const page = await served(0);
  assert.equal(page.address, `http://127.0.0.1:${page.port}/`);
  const response = await fetch(`${page.address}env/a`);
  assert.equal(response.status, 200);
  const curves = (await (await fetch(`${page.address}api/runs/a/curves`)).json()) as { cursor: string };
  const live = await fetch(`${page.address}api/runs/a/live?from=${curves.cursor}`);
  const read = live.text();
  read.catch(() => {});
  await page[Symbol.asyncDispose]();
  await assert.rejects(read);
  await assert.rejects(fetch(page.address));
});

test("servePage() refuses a requested port that is taken, and picks a free one if none was requested", async () => {
  const other = createServer();
  // The default port is now taken, by this test or by another process.
  const taken = await listen(other, pagePortDefault, "127.0.0.1").catch(() => pagePortDefault);
  try {
    await assert.rejects(served(taken), { name: "PortInUseError", message: /must be free/ });
    await using page = await served(null);
    assert.notEqual(page.port, taken);
    assert.equal((await fetch(page.address)).status, 200);
  } finally {
    other.close();
  }
});

test("servePage() reads nothing outside the runs folder, whatever path is requested", async () => {
  await using page = await served(0);
  for (const path of [
    "/env/../../etc/passwd",
    "/assets/../app.ts",
    "/env/..",
    "//etc/passwd",
    "/api/runs/../../x",
  ]) {
    const text = await raw(page.port, path);
    assert.doesNotMatch(text, /root:|import \{/, path);
    assert.match(text, /Not found|There is no such page|<h1>Runs/, path);
  }
});

/** Requests a path exactly as written; fetch() would normalise it. */
function raw(port: number, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", port, path }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (data: string) => (text += data));
      response.on("end", () => resolve(text));
    });
    asked.on("error", reject).end();
  });
}
