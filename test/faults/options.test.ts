import assert from "node:assert/strict";
import test from "node:test";
import { UsageError } from "@memnet/terminal";
import { readOptions } from "./options.ts";

test("readOptions() has defaults, and reads the given flags", () => {
  assert.equal(readOptions([])?.everySeconds, 29);
  const options = readOptions("--minutes 4.5 --in-row 1 --seed 7 --only cut --only kill".split(" "));
  assert.deepEqual([options?.minutes, options?.inRow, options?.seed], [4.5, 1, 7]);
  assert.deepEqual(options?.only, ["cut", "kill"]);
  assert.deepEqual([options?.isLocal, options?.trainers], [false, 3]);
  const local = readOptions(["--local"]);
  assert.deepEqual([local?.isLocal, local?.trainers], [true, 1]);
  assert.equal(readOptions(["--help"]), undefined);
});

test("readOptions() refuses impossible values, with the rule and the value", () => {
  const refused = (...args: string[]) => {
    let message = "";
    assert.throws(
      () => readOptions(args),
      (error) => {
        message = (error as Error).message;
        return error instanceof UsageError || error instanceof RangeError;
      },
    );
    return message;
  };
  assert.match(refused("--minutes", "0"), /--minutes must be a number above 0.*got "0"/);
  assert.match(refused("--minutes", "1"), /--minutes must be at least 3.48 for 2 faults.*29, got 1/);
  assert.match(refused("--seed", "1.5"), /--seed must be a whole number.*got "1.5"/);
  assert.match(refused("--only", "flood"), /--only must be one of .*disk-full, got "flood"/);
  assert.match(refused("--local", "--only", "cut"), /--only must be one of kill, .*disk-full, got "cut"/);
  assert.match(refused("--preset", "x"), /Unknown preset "x": it must be one of/);
  assert.match(refused("--fast"), /--fast/);
});
