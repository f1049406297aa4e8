import assert from "node:assert/strict";
import { createServer, request } from "node:http";
import { test } from "node:test";
import { recordLines } from "@memnet/runs/testing";
import { listen, silentLog, systemDisk } from "@memnet/service";
import { evaluationLine, RunsOnDisk } from "./folder.testing.ts";
import { pagePortDefault } from "./port.ts";
import { servePage } from "./server.ts";
import type { Curves } from "./shared/api.ts";

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

test("servePage() answers on the loopback interface until it is closed", async () => {
  const page = await served(0);
  assert.equal(page.address, `http://127.0.0.1:${page.port}/`);
  const response = await fetch(`${page.address}env/a`);
  assert.equal(response.status, 200);
  await page[Symbol.asyncDispose]();
  await assert.rejects(fetch(page.address));
});

test("servePage() sends open pages the last state and lines before it closes", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a", { state: "training" });
  const shared = { disk: systemDisk, log: silentLog, held: async () => true, who: async () => [] };
  const page = await servePage({ ...shared, port: 0, host: "127.0.0.1", root: runs.root });
  const curves = (await (await fetch(`${page.address}api/runs/a/curves`)).json()) as { cursor: string };
  const live = await fetch(`${page.address}api/runs/a/live?from=${curves.cursor}`);
  const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader();
  const first = (await reader.read()).value ?? "";
  assert.match(first, /"state":"training"/);
  await runs.append("a", recordLines(5, 6) + evaluationLine(6, "validation", 0.5));
  await runs.setState("a", "ended");
  await page[Symbol.asyncDispose]();
  let rest = "";
  for (let read = await reader.read(); !read.done; read = await reader.read()) rest += read.value;
  assert.match(rest, /event: state\ndata: \{"state":"ended"/);
  const lines = JSON.parse(/event: lines\ndata: (.*)/.exec(rest)![1]!) as Curves;
  assert.deepEqual(lines.training.steps, [5, 6]);
  assert.match(rest, /event: cluster\ndata: \{"coordinator":null/);
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
    assert.match(text, /Not found|There is no such page|<h1 id="runs-heading">Runs/, path);
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
