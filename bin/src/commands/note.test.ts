import assert from "node:assert/strict";
import { test } from "node:test";
import { RunsOnDisk } from "@memnet/page/testing";
import { readNote, runPaths } from "@memnet/runs";
import { systemDisk } from "@memnet/service";
import { exitCodes } from "@memnet/terminal";
import { main } from "../main.ts";

test("memnet note replaces the text, adds and removes tags, and refuses what is not a run or a tag", async () => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a");
  const note = (...args: string[]) => main(["note", ...args, "--runs-dir", runs.root]);
  const kept = () => readNote(systemDisk, runPaths(runs.root, "a"));
  assert.equal(await note("a", "first"), exitCodes.done);
  assert.equal(await note("a", "--tag", "slow", "baseline"), exitCodes.done);
  assert.deepEqual(await kept(), { text: "first", tags: ["slow", "baseline"] });
  assert.equal(await note("a", "second", "--untag", "slow", "--tag", "baseline"), exitCodes.done);
  assert.deepEqual(await kept(), { text: "second", tags: ["baseline"] });
  assert.equal(await note("a"), exitCodes.done);
  assert.equal(await note("a", "--tag", "two words"), exitCodes.usage);
  assert.equal(await note("b", "x"), exitCodes.usage);
  assert.deepEqual(await kept(), { text: "second", tags: ["baseline"] });
  assert.equal(await note("a", "", "--untag", "baseline"), exitCodes.done);
  assert.deepEqual(await kept(), { text: "", tags: [] });
});
