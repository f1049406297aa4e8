import assert from "node:assert/strict";
import { test } from "node:test";
import { ending } from "@memnet/terminal";
import { bench } from "./command.ts";

test("bench() refuses what it cannot use, and lists what it can", async () => {
  for (const [wanted, said] of [
    [["--preset", "lstm"], "original-ntm-copy"],
    [["--engine", "cuda"], "wasm"],
    [["--sequences", "0"], "from 1"],
    [["--set", "optimizer.kind=adam"], "controller"],
    [["--set", "memory.masked=true"], "masked"],
    [["--whole", "--peers"], "--whole"],
    [["--peers", "--peer", "numpy"], "torch-eager"],
    [["--whole", "--sequences", "5"], "5 sequences"],
    [["--whole", "--peer", "torch-compiled"], "torch-eager"],
    [["--learning", "--preset", "n-gram-ntm"], "repeat-copy"],
    [["--learning", "--set", "model=lstm"], "--set"],
    [["--learning", "--engine", "wasm", "--engine", "tfjs-cpu"], "several engines"],
    [["--seeds", "3"], "--learning"],
    [["--fast"], "--fast"],
  ] as const) {
    const { code, text } = await bench(wanted).then(() => ({ code: 0, text: "" }), ending);
    assert.equal(code, 2, text);
    assert.ok(text.includes(said), text);
  }
});
