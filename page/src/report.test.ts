import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { smallConfig, smallLearner } from "@memnet/runs/testing";
import { decode } from "fast-png";
import { RunsOnDisk } from "./folder.testing.ts";
import { writeModelReport } from "./model-report.ts";
import { writeReport } from "./report.ts";

test("writeReport() writes one page that sends no requests, and its pictures", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a", { settings: { model: "dnc", heads: { reads: 1, writes: 1 } } });
  await runs.append("a", '{"kind":"checkpoint","step":4,"sha256":"abcd"}\n');
  const folder = await mkdtemp(join(tmpdir(), "memnet-report-"));
  try {
    const asked = {
      root: runs.root,
      folder,
      sizes: { length: 3 },
      seed: null,
      verify: "npx memnet verify a",
    };
    const files = await writeReport({ ...asked, run: "a" });
    assert.deepEqual(files, [
      ...["report.html", "loss.svg", "wrong-bits.svg", "exact.svg", "gradient.svg", "episode.svg"].map(
        (name) => join(folder, name),
      ),
    ]);
    const page = await readFile(files[0]!, "utf8");
    assert.doesNotMatch(page, /<script|<link|(?:src|href)="(?!data:)/);
    for (const name of ["loss.svg", "episode.svg"]) {
      const svg = await readFile(join(folder, name), "utf8");
      assert.ok(page.includes(/<title>.*<\/title>/.exec(svg)![0]), name);
      assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
    }
    const ids = [...page.matchAll(/\bid="([^"]+)"/g)].map(([, id]) => id);
    assert.equal(new Set(ids).size, ids.length, "an id of one picture would hold for the others");
    const clips = [...page.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id);
    assert.ok(clips.length >= 4 && clips.every((id) => ids.includes(id)), String(clips));
    const episode = await readFile(join(folder, "episode.svg"), "utf8");
    for (const title of ["Write and read weights", "Usage", "Links", "input", "answer", "time 8"]) {
      assert.ok(episode.includes(`>${title}<`), title);
    }
    const images = [...episode.matchAll(/data:image\/png;base64,([^"]+)/g)].map(([, base64]) =>
      decode(Buffer.from(base64!, "base64")),
    );
    assert.ok(images.length > 5);
    for (const { width, height, channels } of images) assert.ok(width > 0 && height > 0 && channels === 4);
    await writeReport({ ...asked, run: "a" });
    assert.equal((await readdir(folder)).length, 6);
    assert.match(page, /<code>npx memnet verify a<\/code> computes all steps again/);
    assert.match(page, /SHA-256 <code>abcd<\/code> at step 4/);
    assert.match(page, /<p class="note">The settings are those of preset copy-dnc, except:<\/p>/);
    assert.match(page, /<th scope="row">memory.slots<\/th><td>5<\/td><td>32<\/td>/);
    assert.doesNotMatch(page, /no memory/);
    await runs.add("c", { settings: { model: "lstm" } });
    const [alone] = await writeReport({ ...asked, run: "c" });
    const text = await readFile(alone!, "utf8");
    assert.match(text, /<p class="note">LSTM on copy, ended<\/p>/);
    assert.match(text, /<h2>The network at work<\/h2><p class="note">This network has no memory: /);
    assert.match(text, />Error</);
    assert.doesNotMatch(text, /read weights/);
    await assert.rejects(writeReport({ ...asked, run: "b" }), { name: "DamagedRunError" });
    await assert.rejects(writeReport({ ...asked, run: "../a" }), { name: "DamagedRunError" });
    await assert.rejects(writeReport({ ...asked, run: "a", sizes: { length: 121 } }), RangeError);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("writeModelReport() writes a page and a picture of a model without a run", async () => {
  const folder = await mkdtemp(join(tmpdir(), "memnet-report-"));
  try {
    const learner = smallLearner(smallConfig());
    const asked = { name: "mine", learner, taskFile: null, folder, sizes: { length: 3 }, seed: null };
    const files = await writeModelReport(asked);
    assert.deepEqual(files, [join(folder, "report.html"), join(folder, "episode.svg")]);
    const [page, svg] = await Promise.all(files.map((file) => readFile(file, "utf8")));
    assert.ok(page!.includes(svg!));
    assert.match(page!, /<p class="note">NTM on copy, parameters SHA-256 <code>[0-9a-f]{64}<\/code><\/p>/);
    assert.match(page!, /<dt>memory.slots<\/dt><dd>5<\/dd>/);
    assert.match(svg!, />Write and read weights</);
  } finally {
    await rm(folder, { recursive: true });
  }
});
