import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { commandLine, shellQuoted } from "./shell.ts";

test("shellQuoted() leaves plain words alone", () => {
  for (const word of ["runs/a", "copy-7@5000", "task.length=1..20", "1e-3", "--run"]) {
    assert.equal(shellQuoted(word), word);
  }
});

test("commandLine() is parsed by a shell into the same words", () => {
  const words = [
    "",
    "a b",
    "it's",
    '"',
    "$HOME",
    "`id`",
    "a\nb",
    "wrongBits<0.1",
    "*",
    "~",
    "#",
    "!x",
    "\\",
    "ä",
  ];
  const script = `for word in ${commandLine(words)}; do printf '%s\\0' "$word"; done`;
  const read = execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
  assert.deepEqual(read, words);
});
