import assert from "node:assert/strict";
import { rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { recordLines } from "@memnet/runs/testing";
import { silentLog, systemDisk } from "@memnet/service";
import { pageApp } from "./app.ts";
import { clientAssets } from "./assets.ts";
import { evaluationLine, RunsOnDisk, smallSweep } from "./folder.testing.ts";
import { namesOf } from "./names.ts";
import { type Player, threadPlayer } from "./player.ts";
import { RunData } from "./run-data.ts";
import { readEpisode } from "./shared/episode.ts";
import type { SweepNews } from "./shared/sweep.ts";

const runs = await RunsOnDisk.begin();
await runs.add("older", { created: "2026-01-01T00:00:00.000Z" });
await runs.add("newer", { created: "2026-01-02T00:00:00.000Z", state: "training" });
const held = new Set(["newer"]);
const player = threadPlayer();
const app = pageApp({
  data: new RunData({ disk: systemDisk, root: runs.root, held: async (run) => held.has(run) }),
  who: null,
  player,
  assets: clientAssets(),
  log: silentLog,
  isKnown: namesOf("localhost", []),
});
after(async () => {
  await player.close();
  await runs[Symbol.asyncDispose]();
});

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return Promise.resolve(
    app.request(`http://localhost${path}`, { ...init, headers: { host: "localhost", ...init.headers } }),
  );
}

async function json(path: string): Promise<Record<string, unknown>> {
  return (await (await get(path)).json()) as Record<string, unknown>;
}

test("/ lists the runs, newest first, with state and figures", async () => {
  const text = await (await get("/")).text();
  assert.ok(text.indexOf('href="/env/newer"') < text.indexOf('href="/env/older"'));
  assert.match(text, /state-training/);
  const { runs: listed } = (await json("/api/runs")) as { runs: Record<string, unknown>[] };
  assert.deepEqual(
    listed.map(({ run, state, step, steps, loss, wrongBits }) => [run, state, step, steps, loss, wrongBits]),
    [
      ["newer", "training", 4, 20, 0.25, 2],
      ["older", "ended", 4, 20, 0.25, 2],
    ],
  );
});

test("/sweep/NAME is a sweep's page, which / links, and one answer has all its curves", async () => {
  await using other = await RunsOnDisk.begin();
  await other.addSweep(smallSweep());
  await other.add("sizes-8-seed-1");
  const data = new RunData({ disk: systemDisk, root: other.root, held: async () => false });
  const shared = { who: null, player, assets: clientAssets(), log: silentLog, isKnown: () => true };
  const sweeps = pageApp({ ...shared, data });
  const list = await (await sweeps.request("/")).text();
  assert.match(list, /<a href="\/sweep\/sizes">sizes<\/a>.*2 × 2.*1 <span class="of">of 4/);
  assert.ok(list.indexOf("/sweep/sizes") < list.indexOf("/env/sizes-8-seed-1"));
  const page = await sweeps.request("/sweep/sizes");
  assert.equal(page.status, 200);
  assert.match(await page.text(), /data-page="sweep" data-run="" data-sweep="sizes"/);
  const news = (await (await sweeps.request("/api/sweeps/sizes")).json()) as SweepNews;
  assert.deepEqual(
    news.points.map(({ label, runs }) => [label, runs.map(({ run, curve }) => [run, curve.wrongBits])]),
    [
      [
        "8",
        [
          ["sizes-8-seed-1", [2]],
          ["sizes-8-seed-2", []],
        ],
      ],
      [
        "16",
        [
          ["sizes-16-seed-1", []],
          ["sizes-16-seed-2", []],
        ],
      ],
    ],
  );
  const since = await sweeps.request(`/api/sweeps/sizes?from=${news.cursor}`);
  assert.deepEqual(((await since.json()) as SweepNews).points, []);
  assert.deepEqual(await (await sweeps.request("/api/sweeps")).json(), { sweeps: await data.sweeps.list() });
  for (const path of ["/sweep/none", "/api/sweeps/none", "/api/sweeps/..%2fsizes", "/sweep/sizes.json"]) {
    assert.equal((await sweeps.request(path)).status, 404, path);
  }
});

test("a run that no coordinator holds is stopped, whatever its state file says", async () => {
  held.delete("newer");
  assert.equal((await json("/api/runs/newer")).state, "stopped");
  held.add("newer");
  assert.equal((await json("/api/runs/newer")).state, "training");
});

test("a run whose holder cannot be asked shows the state from its file, with the reason", async () => {
  const data = new RunData({ disk: systemDisk, root: runs.root, held: async () => null });
  const { state, reason } = await data.state("newer");
  assert.equal(state, "training");
  assert.match(reason!, /no connection to NATS/);
  assert.equal((await data.state("older")).reason, null);
});

test("/env/RUN is the run's page and /env/RUN_test that of its test episodes", async () => {
  const [run, episodes] = [await get("/env/older"), await get("/env/older_test")];
  assert.deepEqual([run.status, episodes.status], [200, 200]);
  assert.match(await run.text(), /data-page="run" data-run="older"/);
  assert.match(await episodes.text(), /data-page="test" data-run="older"/);
});

for (const path of [
  "/",
  "/env/older",
  "/api/runs",
  "/nowhere",
  "/assets/main.js",
  "/api/runs/older/curves.csv",
]) {
  test(`${path} has the security headers`, async () => {
    const { headers } = await get(path);
    const policy = headers.get("content-security-policy")!;
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("referrer-policy"), "no-referrer");
    assert.match(headers.get("cache-control")!, path.startsWith("/assets") ? /no-cache/ : /no-store/);
  });
}

test("no page has inline scripts or styles, or anything from another server", async () => {
  for (const path of ["/", "/env/older", "/env/older_test", "/nowhere"]) {
    const text = await (await get(path)).text();
    assert.doesNotMatch(text, /<script(?![^>]*src="\/)|<style|style=|\son\w+=|https?:/);
  }
});

const nameless = [
  ...["..%2f..", "%2e%2e%2f%2e%2e", "%2fetc%2fpasswd", ".generation-1", "older%00", "a.b", "x".repeat(5000)],
  ...["older%2f..%2fnewer", "%3Cscript%3E", "%", "older%0a"],
];
for (const name of nameless) {
  test(`/env/${name.slice(0, 30)} is not found, and nothing of it is read`, async () => {
    const page = await get(`/env/${name}`);
    assert.equal(page.status, 404);
    assert.doesNotMatch(await page.text(), /<script>/);
    for (const path of ["", "/curves", "/curves.csv", "/live", "/model", "/episode"]) {
      assert.equal((await get(`/api/runs/${name}${path}`)).status, 404, path);
    }
  });
}

test("a link in the runs folder is not a run", async () => {
  await symlink(join(runs.root, "older"), join(runs.root, "link"));
  for (const path of ["/env/link", "/api/runs/link", "/api/runs/link/curves"]) {
    assert.equal((await get(path)).status, 404, path);
  }
});

test("text from a run's files is escaped", async () => {
  await using other = await RunsOnDisk.begin();
  await other.add("evil");
  await writeFile(
    join(other.root, "evil", "state"),
    JSON.stringify({ state: "failed", reason: '<img src=x onerror="alert(1)">' }),
  );
  const data = new RunData({ disk: systemDisk, root: other.root, held: async () => false });
  const evil = pageApp({
    data,
    who: null,
    player,
    assets: clientAssets(),
    log: silentLog,
    isKnown: () => true,
  });
  const text = await (await evil.request("/env/evil")).text();
  assert.match(text, /&lt;img src=x/);
  assert.doesNotMatch(text, /<img/);
});

for (const method of ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"]) {
  test(`${method} is refused, since the page is read-only`, async () => {
    const response = await get("/api/runs/older", { method });
    assert.equal(response.status, 405);
    assert.equal(response.headers.get("allow"), "GET, HEAD");
  });
}

test("a server on the loopback interface answers only to its own names", async () => {
  assert.equal((await get("/", { headers: { host: "evil.example:8097" } })).status, 421);
  assert.equal((await get("/", { headers: { host: "LOCALHOST:8097" } })).status, 200);
});

test("curves are thinned to the requested number of points", async () => {
  const { training, splits } = (await json("/api/runs/older/curves?points=10")) as {
    training: { steps: number[]; means: number[] };
    splits: unknown[];
  };
  assert.deepEqual(training.steps, [1, 2, 3, 4]);
  assert.deepEqual(training.means, [1, 1 / 2, 1 / 3, 1 / 4]);
  assert.equal(splits.length, 1);
  const refused = await get("/api/runs/older/curves?points=1e9");
  assert.equal(refused.status, 400);
  assert.match(((await refused.json()) as { error: string }).error, /^Cannot use points: /);
});

test("curves.csv has every line", async () => {
  const response = await get("/api/runs/older/curves.csv");
  assert.match(response.headers.get("content-disposition")!, /filename="older\.csv"/);
  const rows = (await response.text()).trimEnd().split("\n");
  assert.equal(rows.length, 6);
  assert.equal(rows[0], "step,split,sequences,loss,loss_bits,wrong_bits,exact");
});

test("an episode is played, and a request for an impossible one is refused with the reason", async () => {
  const query = "seed=1&episode=0&length=2";
  const played = await get(`/api/runs/older/episode?step=4&${query}`);
  assert.equal(played.status, 200);
  assert.ok((await played.arrayBuffer()).byteLength > 500);
  for (const [path, status, message] of [
    ["step=4&seed=1&episode=0&length=121", 400, /length must be from 1 to 120, got 121$/],
    ["step=4&seed=1&episode=0&depth=1", 400, /^Cannot choose depth: /],
    ["step=4&seed=1", 400, /^Cannot use episode: /],
  ] as const) {
    const refused = await get(`/api/runs/older/episode?${path}`);
    assert.equal(refused.status, status);
    assert.match(((await refused.json()) as { error: string }).error, message);
  }
});

test("an episode's picture is a file for print, of the very episode that is asked for", async () => {
  const picture = await get("/api/runs/older/episode.svg?step=4&seed=1&episode=0&length=2");
  assert.equal(picture.headers.get("content-type"), "image/svg+xml");
  assert.equal(picture.headers.get("content-disposition"), 'attachment; filename="older-episode.svg"');
  const svg = await picture.text();
  assert.match(svg, /<title>older at step 4: a test episode of seed 1, \d wrong bits<\/title>/);
  for (const title of ["Input", "Write and read weights", "Memory", "answer"])
    assert.ok(svg.includes(`>${title}<`), title);
  assert.equal((await get("/api/runs/older/episode.svg?step=4&seed=1&episode=0&length=121")).status, 400);
});

test("if a checkpoint is missing, or removed before its turn, the nearest one is played", async () => {
  const stepOf = async (response: Response) => readEpisode(await response.arrayBuffer()).metadata.step;
  const query = "seed=1&episode=0&length=2";
  for (const [step, nearest] of [
    [2, "1"],
    [3, "4"],
    [900, "4"],
  ] as const) {
    assert.equal(await stepOf(await get(`/api/runs/older/episode?step=${step}&${query}`)), nearest);
  }

  await using other = await RunsOnDisk.begin();
  await other.add("thinned", { checkpoints: [1, 3, 4] });
  const goes: Player = {
    ...player,
    async play(job, signal) {
      await rm(other.checkpoint("thinned", 4), { force: true });
      return player.play(job, signal);
    },
  };
  const shared = { who: null, assets: clientAssets(), log: silentLog, isKnown: () => true };
  const data = new RunData({ disk: systemDisk, root: other.root, held: async () => true });
  const thinning = pageApp({ ...shared, data, player: goes });
  const path = `/api/runs/thinned/episode?step=4&${query}`;
  assert.equal(await stepOf(await thinning.request(path)), "3");
  for (const step of [1, 3]) await rm(other.checkpoint("thinned", step));
  const refused = await thinning.request(path);
  assert.equal(refused.status, 404);
  assert.deepEqual(await refused.json(), { error: "Run thinned has no checkpoint yet" });
});

test("new lines are pushed, and a cursor that does not match is told to start over", {
  timeout: 20_000,
}, async () => {
  const { cursor } = (await json("/api/runs/newer/curves")) as { cursor: string };
  const ending = new AbortController();
  const response = await get(`/api/runs/newer/live?from=${cursor}`, { signal: ending.signal });
  assert.match(response.headers.get("content-type")!, /^text\/event-stream/);
  const events = eventsOf(response);
  assert.deepEqual(await events.next("state"), { state: "training", reason: null, epoch: 0 });
  await runs.append("newer", recordLines(5, 6) + evaluationLine(6, "validation", 1));
  const news = (await events.next("lines")) as {
    training: { steps: number[] };
    splits: { wrongBits: number[] }[];
  };
  assert.deepEqual(news.training.steps, [5, 6]);
  assert.deepEqual(news.splits[0]!.wrongBits, [1]);
  await events.end();
  const anew = eventsOf(await get("/api/runs/newer/live?from=1-2.3.4.5"));
  assert.deepEqual(await anew.next("anew"), {});
  await anew.end();
});

test("HEAD of a run's stream does not count towards the limit of streams", async () => {
  const path = "/api/runs/older/live";
  for (let count = 0; count < 70; count++) assert.equal((await get(path, { method: "HEAD" })).status, 200);
  const response = await get(path);
  assert.equal(response.status, 200);
  await eventsOf(response).end();
});

test("the script is bundled, and requests only its own server", async () => {
  const response = await get("/assets/main.js");
  assert.match(response.headers.get("content-type")!, /^text\/javascript/);
  const text = await response.text();
  assert.ok(text.length > 100_000);
  assert.equal((await get("/assets/main.ts")).status, 404);
  assert.equal((await get("/assets/..%2fapp.ts")).status, 404);
});

function eventsOf(response: Response) {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  return {
    async next(wanted: string): Promise<unknown> {
      for (;;) {
        const found = new RegExp(`event: ${wanted}\\ndata: (.*)\\n`).exec(text);
        if (found) {
          text = text.slice(found.index + found[0].length);
          return JSON.parse(found[1]!);
        }
        const { done, value } = await reader.read();
        assert.ok(!done, `the stream ended before an event ${wanted}`);
        text += value;
      }
    },
    end: () => reader.cancel(),
  };
}
