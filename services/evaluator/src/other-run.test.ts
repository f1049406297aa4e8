import assert from "node:assert/strict";
import { test } from "node:test";
import { smallConfig } from "@memnet/runs/testing";
import { otherRunCommand } from "./other-run.ts";

test("otherRunCommand() sets each setting that differs, quoted for a shell", () => {
  const { training } = smallConfig();
  const other = smallConfig({ seed: 3, task: { name: "copy", bits: 2, length: [1, 7] } }).training;
  assert.equal(
    otherRunCommand("/my runs", "mine", training, other),
    "memnet train --runs-dir '/my runs' --config '/my runs/mine/config.json' --from mine --set seed=3 --set task.length=1..7",
  );
});
