import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { RunsOnDisk } from "@memnet/page/testing";
import { exitCodes } from "@memnet/terminal";
import { main } from "../main.ts";

test("memnet export writes tables, and refuses a run that is missing as other commands do", async (context) => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("copy-7");
  const folder = join(runs.root, "tables");
  const exported = (run: string) => main(["export", run, "--csv", folder, "--runs-dir", runs.root]);
  const errors: string[] = [];
  const written = context.mock.method(process.stderr, "write", (text: string) => errors.push(text) > 0);
  assert.equal(await exported("copy-8"), exitCodes.usage);
  written.mock.restore();
  assert.match(errors.join(""), /^There is no run copy-8 in .*; did you mean copy-7\?\n$/);
  assert.equal(await exported("copy-7"), exitCodes.done);
  assert.deepEqual(readdirSync(folder).sort(), ["evaluations.csv", "steps.csv"]);
});
