import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { skipWithout } from "@memnet/service/testing";
import { canWriteOver } from "./output.ts";

const output = fileURLToPath(new URL("./output.ts", import.meta.url));

/** Returns what a real terminal receives for a live line and a result. */
async function onTerminal(env: Record<string, string>): Promise<string> {
  const code = `import { progressOutput, say } from ${JSON.stringify(output)}; progressOutput().show("step 1"); say("done")`;
  const command = `exec "$NODE" --import tsx --input-type=module -e "$CODE"`;
  const { CI: _ci, ...rest } = process.env;
  const { stdout } = await promisify(execFile)("script", ["-qec", command, "/dev/null"], {
    env: { ...rest, NODE: process.execPath, CODE: code, TERM: "xterm", ...env },
  });
  return stdout;
}

test("canWriteOver() needs a terminal that knows escape codes, and no CI", () => {
  assert.equal(canWriteOver({ TERM: "xterm" }, true), true);
  assert.equal(canWriteOver({ TERM: "xterm", CI: "" }, true), true);
  assert.equal(canWriteOver({ TERM: "xterm", CI: "false" }, true), true);
  assert.equal(canWriteOver({ TERM: "xterm" }, false), false);
  assert.equal(canWriteOver({ TERM: "dumb" }, true), false);
  assert.equal(canWriteOver({ TERM: "xterm", CI: "true" }, true), false);
});

test("progressOutput() writes escape codes only to a terminal that knows them", {
  skip: skipWithout("script"),
}, async () => {
  assert.equal(await onTerminal({}), "\r\x1b[2Kstep 1\r\x1b[2Kdone\r\n");
  for (const env of [{ TERM: "dumb" }, { CI: "1" }])
    assert.equal(await onTerminal(env), "step 1\r\ndone\r\n");
});
