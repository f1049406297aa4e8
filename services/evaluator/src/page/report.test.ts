import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { inflateSync } from "node:zlib";
import { RunsOnDisk } from "./folder.testing.ts";
import { pngOf } from "./png.ts";
import { writeReport } from "./report.ts";

test("writeReport() writes one page that asks nobody for anything, and its pictures", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a", { settings: { model: "dnc", heads: { reads: 1, writes: 1 } } });
  const folder = await mkdtemp(join(tmpdir(), "memnet-report-"));
  try {
    const asked = { root: runs.root, folder, sizes: { length: 3 }, seed: null };
    const files = await writeReport({ ...asked, run: "a" });
    assert.deepEqual(files, [
      ...["report.html", "loss.svg", "wrong-bits.svg", "exact.svg", "episode.svg"].map((name) =>
        join(folder, name),
      ),
    ]);
    const page = await readFile(files[0]!, "utf8");
    assert.doesNotMatch(page, /<script|<link|(?:src|href)="(?!data:)/);
    for (const name of ["loss.svg", "episode.svg"]) {
      const svg = await readFile(join(folder, name), "utf8");
      assert.ok(page.includes(svg), name);
      assert.doesNotMatch(svg, /NaN|undefined|Infinity/);
    }
    const episode = await readFile(join(folder, "episode.svg"), "utf8");
    for (const title of ["Write weights", "Read weights", "Usage", "Links", "time 8"]) {
      assert.ok(episode.includes(`>${title}<`), title);
    }
    await writeReport({ ...asked, run: "a" });
    assert.equal((await readdir(folder)).length, 5);
    await assert.rejects(writeReport({ ...asked, run: "b" }), { name: "DamagedRunError" });
    await assert.rejects(writeReport({ ...asked, run: "../a" }), { name: "DamagedRunError" });
    await assert.rejects(writeReport({ ...asked, run: "a", sizes: { length: 121 } }), RangeError);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("pngOf() frames the pixels as ISO/IEC 15948 says", () => {
  const pixels = Uint8ClampedArray.from([1, 2, 3, 255, 4, 5, 6, 255]);
  const png = Buffer.from(pngOf(pixels, 1, 2));
  assert.equal(png.subarray(0, 8).toString("latin1"), "\x89PNG\r\n\x1a\n");
  assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [1, 2]);
  const at = png.indexOf("IDAT");
  const data = png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4));
  assert.deepEqual([...inflateSync(data)], [0, 1, 2, 3, 255, 0, 4, 5, 6, 255]);
  // The end's checksum is the same in every PNG.
  assert.equal(png.subarray(-12).toString("hex"), "0000000049454e44ae426082");
});
