import assert from "node:assert/strict";
import { rm, symlink, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Held, runPaths, writeNote } from "@memnet/runs";
import { recordLines, smallConfig } from "@memnet/runs/testing";
import { namesOf, silentLog, systemDisk } from "@memnet/service";
import { pageApp } from "./app.ts";
import { clientAssets } from "./assets.ts";
import { evaluationLine, RunsOnDisk, smallSweep } from "./folder.testing.ts";
import { type Player, threadPlayer } from "./player.ts";
import { RunData } from "./run-data.ts";
import type { Curves } from "./shared/api.ts";
import { readEpisode } from "./shared/episode.ts";
import { finerCurves } from "./shared/finer.ts";
import type { SweepNews } from "./shared/sweep.ts";
import { Streams } from "./streams.ts";

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
  streams: new Streams(),
  showCommand: (run) => `memnet test ${run} --serve`,
});
after(async () => {
  await player.close();
  await runs[Symbol.asyncDispose]();
});

/** The page of other runs than those above, of which none is held. */
function appOf(
  { root }: RunsOnDisk,
  { player: players = player, held = async () => false }: { player?: Player; held?: Held } = {},
) {
  return pageApp({
    data: new RunData({ disk: systemDisk, root, held }),
    who: null,
    player: players,
    assets: clientAssets(),
    log: silentLog,
    isKnown: () => true,
    streams: new Streams(),
  });
}

function get(path: string, init: RequestInit = {}): Promise<Response> {
  return Promise.resolve(
    app.request(`http://localhost${path}`, { ...init, headers: { host: "localhost", ...init.headers } }),
  );
}

async function json(path: string): Promise<Record<string, unknown>> {
  return (await (await get(path)).json()) as Record<string, unknown>;
}

test("/api/runs lists the runs, newest first, with state and figures", async () => {
  const { runs: listed } = (await json("/api/runs")) as { runs: Record<string, unknown>[] };
  assert.deepEqual(
    listed.map(({ run, state, step, steps, loss, wrongBits }) => [run, state, step, steps, loss, wrongBits]),
    [
      ["newer", "training", 4, 20, 0.25 / Math.LN2, 2],
      ["older", "ended", 4, 20, 0.25 / Math.LN2, 2],
    ],
  );
});

test("/sweep/NAME is a sweep's page, which its runs link, and one answer has all its curves", async () => {
  await using other = await RunsOnDisk.begin();
  await other.addSweep(smallSweep());
  await other.add("sizes-8-seed-1");
  const sweeps = appOf(other);
  assert.match(await (await sweeps.request("/env/sizes-8-seed-1")).text(), /<a href="\/sweep\/sizes">/);
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
  const data = new RunData({ disk: systemDisk, root: other.root, held: async () => false });
  assert.deepEqual(await (await sweeps.request("/api/sweeps")).json(), { sweeps: await data.sweeps.list() });
  for (const path of ["/sweep/none", "/api/sweeps/none", "/api/sweeps/..%2fsizes", "/sweep/sizes.json"]) {
    assert.equal((await sweeps.request(path)).status, 404, path);
  }
});

test("/api/runs has the best figures, the settings that differ, the duration and the note", async () => {
  await using other = await RunsOnDisk.begin();
  await other.add("a", { settings: { memory: { slots: 7 }, seed: 3 } });
  await other.append("a", evaluationLine(6, "validation", 1) + evaluationLine(8, "validation", 1.5));
  await other.add("b", { settings: { memory: { slots: 9 } } });
  const note = { text: "<b>late</b>", tags: ["slow"] };
  await writeNote(systemDisk, runPaths(other.root, "a"), note);
  const written = new Date("2026-01-01T00:02:30.000Z");
  await utimes(other.metrics("a"), written, written);
  const data = new RunData({ disk: systemDisk, root: other.root, held: async () => false });
  const a = (await data.list()).find(({ run }) => run === "a")!;
  assert.deepEqual(a.settings, { "memory.slots": "7" });
  assert.deepEqual([a.seed, a.seconds, a.isRead, a.note], [3, 150, true, note]);
  assert.deepEqual(a.atBest, { step: 6, wrongBits: 1, lossBits: 1.5 / Math.LN2, exact: 0.25 });
  assert.deepEqual((await data.details((await data.find("a"))!)).spikes, { count: 0, last: null });
  const text = await (await appOf(other).request("/env/a")).text();
  assert.match(text, /href="\/\?tag=slow">#slow<\/a> &lt;b&gt;late/);
});

test("/api/compare groups the runs by configuration, or one by one, and leaves out what is not here", async () => {
  await using other = await RunsOnDisk.begin();
  for (const seed of [1, 2]) await other.add(`a-seed-${seed}`, { settings: { seed } });
  await other.add("b", { settings: { memory: { slots: 9 } } });
  await other.append("b", evaluationLine(4, "length-9", 7));
  const compared = appOf(other);
  const news = async (query: string) =>
    (await (await compared.request(`/api/compare?${query}`)).json()) as SweepNews;
  const grouped = await news("runs=a-seed-2,b,a-seed-1,none,../b");
  assert.deepEqual(
    grouped.points.map(({ label, task, runs }) => [label, task, runs.map(({ run }) => run)]),
    [
      ["slots 5", "copy", ["a-seed-1", "a-seed-2"]],
      ["slots 9", "copy", ["b"]],
    ],
  );
  assert.deepEqual(grouped.splits, ["validation", "length-9"]);
  const single = await news("runs=a-seed-1,a-seed-2&group=run");
  assert.deepEqual(
    single.points.map(({ label }) => label),
    ["1", "2"],
  );
  const beyond = await news("runs=a-seed-1,b&split=length-9");
  assert.deepEqual(
    beyond.points.map(({ band }) => band.wrongBits!.median),
    [[], [7]],
  );
  const again = await news(`runs=a-seed-1,b&split=length-9&from=${beyond.cursor}`);
  assert.deepEqual(again.points, []);
  await other.append("b", evaluationLine(6, "length-9", 3));
  const grown = await news(`runs=a-seed-1,b&split=length-9&from=${beyond.cursor}`);
  assert.deepEqual(
    grown.points.map(({ label, band }) => [label, band.wrongBits!.median]),
    [["slots 9", [7, 3]]],
  );
  const trained = await news("runs=a-seed-1,a-seed-2&split=training&steps=1");
  const { band } = trained.points[0]!;
  const bits = (...losses: number[]) =>
    losses.reduce((sum, loss) => sum + loss, 0) / losses.length / Math.LN2;
  assert.deepEqual(
    [band.steps, band.seconds],
    [
      [2, 4],
      [0, 0],
    ],
  );
  assert.deepEqual(band.lossBits!.median, [bits(1, 1 / 2), bits(1 / 3, 1 / 4)]);
  for (const [path, status] of [
    ["/api/compare?runs=none", 404],
    ["/api/compare", 400],
    [`/api/compare?runs=${Array.from({ length: 201 }, (_, at) => `r${at}`).join(",")}`, 400],
    ["/compare", 400],
    ["/compare?runs=b", 200],
  ] as const) {
    assert.equal((await compared.request(path)).status, status, path.slice(0, 40));
  }
});

test("a run that no coordinator holds is stopped, whatever its state file says", async () => {
  held.delete("newer");
  assert.equal((await json("/api/runs/newer")).state, "stopped");
  held.add("newer");
  assert.equal((await json("/api/runs/newer")).state, "training");
});

test("a run that waits says for what, unless nobody trains it", async () => {
  await using other = await RunsOnDisk.begin();
  await other.add("a");
  await writeFile(
    join(other.root, "a", "state"),
    JSON.stringify({ state: "waiting", reason: "trainers", epoch: 1 }),
  );
  const stateIf = async (isHeld: boolean) => {
    const { state, reason } = (await data(isHeld).list())[0]!;
    return [state, reason];
  };
  const data = (isHeld: boolean) =>
    new RunData({ disk: systemDisk, root: other.root, held: async () => isHeld });
  assert.deepEqual(await stateIf(true), ["waiting", "Waits for trainers"]);
  assert.deepEqual(await stateIf(false), ["stopped", null]);
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
  "/assets/page-main.js",
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
  const text = await (await appOf(other).request("/env/evil")).text();
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
  assert.deepEqual(
    training.means,
    [1, 1 / 2, 1 / 3, 1 / 4].map((loss) => loss / Math.LN2),
  );
  assert.equal(splits.length, 1);
  const refused = await get("/api/runs/older/curves?points=1e9");
  assert.equal(refused.status, 400);
  assert.match(((await refused.json()) as { error: string }).error, /^Cannot use points: /);
});

test("curves of a part have as many points as those of all, which they replace there", async () => {
  await using other = await RunsOnDisk.begin();
  await other.add("long", { steps: 100 });
  await other.append("long", [10, 50, 60].map((step) => evaluationLine(step, "validation", step)).join(""));
  const page = appOf(other);
  const curves = async (query: string) =>
    (await (await page.request(`/api/runs/long/curves?points=10${query}`)).json()) as Curves;
  const [all, fine] = [await curves(""), await curves("&zoom=41..60")];
  assert.deepEqual(all.training.steps, [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  assert.deepEqual(fine.training.steps, [42, 44, 46, 48, 50, 52, 54, 56, 58, 60]);
  assert.deepEqual(fine.splits[0]!.steps, [50, 60]);
  const both = finerCurves(all, fine);
  assert.deepEqual(both.training.steps, [10, 20, 30, 40, ...fine.training.steps, 70, 80, 90, 100]);
  assert.deepEqual(both.gradients.highs.length, both.training.steps.length);
  assert.deepEqual(both.splits[0]!.wrongBits, [10, 50, 60, 2]);
  const unit = smallConfig().training.sequencesPerStep;
  assert.deepEqual(await curves(`&x=sequences&zoom=${41 * unit}..${60 * unit}`), fine);
  assert.deepEqual((await curves("&zoom=200..300")).training.steps, []);
  assert.equal((await page.request("/api/runs/long/curves?zoom=3")).status, 400);
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
  const thinning = appOf(other, { player: goes, held: async () => true });
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

test("the scripts are bundled, and what a page does not need is in scripts of its own", async () => {
  const response = await get("/assets/page-main.js");
  assert.match(response.headers.get("content-type")!, /^text\/javascript/);
  const text = await response.text();
  assert.ok(text.length < 10_000);
  const loaded = [...text.matchAll(/import\("\.\/(page-[\w-]+\.js)"\)/g)].map(([, name]) => name);
  assert.ok(loaded.length > 2);
  for (const name of loaded) {
    const script = await get(`/assets/${name}`);
    assert.equal(script.headers.get("cache-control"), "max-age=31536000, immutable");
    assert.equal(script.status, 200);
  }
  assert.equal((await get("/assets/page-none.js")).status, 404);
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
