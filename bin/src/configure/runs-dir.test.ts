import assert from "node:assert/strict";
import { test } from "node:test";
import { checkRunName } from "./runs-dir.ts";

test("checkRunName() refuses a name that cannot be a folder or a subject, stating the rule", () => {
  for (const name of ["", "../x", "a b", "a.b", "a/b", "x".repeat(65), "é"]) {
    assert.throws(() => checkRunName(name), {
      name: "UsageError",
      message: /1 to 64 letters, digits, '-' and '_'$/,
    });
  }
  assert.throws(() => checkRunName("-x"), { name: "UsageError", message: /must not begin with '-'/ });
  assert.throws(() => checkRunName("copy_test"), { name: "UsageError", message: /must not end in _test/ });
});
