import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { systemDisk } from "@memnet/service";
import { noNote, readNote, writeNote } from "./notes.ts";
import { pathsIn } from "./paths.ts";

test("readNote() reads what writeNote() has written, and an empty note leaves no file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "memnet-note-"));
  try {
    const paths = pathsIn(folder);
    assert.deepEqual(await readNote(systemDisk, paths), noNote);
    const note = { text: 'it "diverges"\nafter 3,000', tags: ["baseline", "für-später"] };
    await writeNote(systemDisk, paths, note);
    assert.deepEqual(await readNote(systemDisk, paths), note);
    assert.deepEqual(await readdir(folder), ["note.json"]);
    await writeNote(systemDisk, paths, noNote);
    assert.deepEqual(await readdir(folder), []);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("readNote() leaves out what is not a note", async () => {
  const folder = await mkdtemp(join(tmpdir(), "memnet-note-"));
  try {
    const paths = pathsIn(folder);
    for (const [file, expected] of [
      ["{", noNote],
      ["[]", noNote],
      ['{"text":7,"tags":["two words","ok","ok",3]}', { text: "", tags: ["ok"] }],
      [`{"text":"${"x".repeat(3000)}","tags":"a"}`, { text: "x".repeat(2000), tags: [] }],
    ] as const) {
      await writeFile(paths.note, file);
      assert.deepEqual(await readNote(systemDisk, paths), expected, file.slice(0, 40));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
