import assert from "node:assert/strict";
import { test } from "node:test";
import { settingPaths } from "memnet";
import { sweepSchema } from "../sweep/request.ts";
import { schemaOf } from "./schema.ts";

test("schemaOf() has every setting, and a sweep's file has its part beside them", () => {
  const settings = new Set(settingPaths().map((path) => path.split(".")[0]!));
  const run = Object.keys(schemaOf("A run").properties);
  assert.deepEqual(new Set(run), new Set(["$schema", ...settings]));
  assert.deepEqual(new Set(Object.keys(sweepSchema().properties)), new Set([...run, "sweep"]));
});
