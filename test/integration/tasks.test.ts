/**
 * A user's task that breaks the rules, with each command that takes one: nothing is started, and the reason is shown.
 */

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { waitForever } from "@memnet/service/testing";
import { Launcher } from "./launcher.testing.ts";

/**
 * A task of the parity of some bits, in JavaScript, which loads faster than TypeScript. The given code runs for each
 * sequence, or when the file is loaded.
 */
function parity({ sequence = "", file = "" }): string {
  return `
    export const task = {
      name: "parity",
      settings: { length: [2, 3] },
      beyond: { length: [6] },
      input: () => 2,
      output: () => 1,
      sequence(settings, draws) {
        const length = draws.integer(...settings.length);
        const times = length + 1;
        const x = new Float32Array(times * 2);
        const y = new Float32Array(times);
        const mask = new Float32Array(times);
        for (let time = 0; time < length; time++) {
          x[time * 2] = draws.bit();
          y[length] = (y[length] + x[time * 2]) % 2;
        }
        x[length * 2 + 1] = 1;
        mask[length] = 1;
        ${sequence}
        return { times, x, y, mask };
      },
    };
    ${file}`;
}

async function taskFile(text: string, name = "mine.mjs") {
  const folder = await mkdtemp(join(tmpdir(), "memnet-task-"));
  const path = join(folder, name);
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const returns = "Cannot use task parity: sequence() must return";
const faults: readonly [what: string, text: string, said: string][] = [
  [
    "a promise",
    parity({ sequence: "return Promise.resolve();" }),
    `${returns} { times, x, y, mask }, got a Promise`,
  ],
  [
    "a plain array",
    parity({ sequence: "return { times, x: [...x], y, mask };" }),
    `${returns} x as a Float32Array, got an Array`,
  ],
  [
    "a mask of zeros",
    parity({ sequence: "mask.fill(0);" }),
    `${returns} a mask that is 1 where an output counts`,
  ],
  [
    "a target of 2",
    parity({ sequence: "y[0] = 2;" }),
    `${returns} targets from 0 to 1 in y, got 2 at time 0`,
  ],
  [
    "its own randomness",
    parity({ sequence: "x[0] = Math.random();" }),
    "Cannot use task parity: it gives different sequences for the same draws",
  ],
  [
    "a write into its settings",
    parity({ sequence: "settings.length = 3;" }),
    "Cannot use task parity: it must not write into the settings it is given, and wrote length",
  ],
  [
    "an error",
    parity({ sequence: "throw new Error('no luck');" }),
    "Cannot use task parity: sequence() must not throw, and threw Error: no luck",
  ],
  [
    "process.exit()",
    parity({ sequence: "process.exit(0);" }),
    "Cannot use task parity: making its sequences (length 2–3) must not end the process, and it called process.exit()",
  ],
  [
    "an endless wait",
    parity({ sequence: waitForever }),
    "Cannot use task parity: making its sequences (length 2–3) must take at most 10 s, and has not ended",
  ],
  [
    "process.exit() at import",
    parity({ file: "process.exit(0);" }),
    "mine.mjs as a task: loading it must not end the process, and it called process.exit()",
  ],
];

for (const [what, text, said] of faults) {
  test(`train, tasks and coordinator refuse a task with ${what}, and nothing is started`, {
    timeout: 120_000,
  }, async () => {
    await using file = await taskFile(text);
    await using launcher = await Launcher.inFolder();
    const commands = [
      launcher.train("mine", `--task=${file.path}`),
      launcher.command("tasks", file.path),
      launcher.command("coordinator", `--task=${file.path}`),
    ];
    for (const { ended } of commands) {
      const { code, text } = await ended;
      assert.ok(text.includes(said), text);
      assert.doesNotMatch(text, /\n +at /, "a stack says nothing to the reader");
      assert.equal(code, 2, text);
    }
    assert.deepEqual(await readdir(launcher.runsDir), []);
  });
}

test("train, verify and test use a task that follows the rules, and the last two refuse a different one", {
  timeout: 300_000,
}, async () => {
  // This one is TypeScript.
  await using file = await taskFile(parity({ file: "export type Bits = readonly number[];" }), "mine.ts");
  await using launcher = await Launcher.inFolder();
  const trained = await launcher.train("mine", `--task=${file.path}`, "--steps=20").ended;
  assert.equal(trained.code, 0, trained.text);
  const verified = await launcher.memnet("verify", "mine").ended;
  assert.equal(verified.code, 0, verified.text);
  const shown = await launcher.memnet("test", "mine", "--episodes=1").ended;
  assert.equal(shown.code, 0, shown.text);
  await writeFile(file.path, parity({ sequence: "mask.fill(0);" }));
  for (const command of ["verify", "test"]) {
    const { code, text } = await launcher.memnet(command, "mine").ended;
    assert.match(text, /^Cannot use the task file .*: its SHA-256 must be [0-9a-f]{64}, got [0-9a-f]{64}\n$/);
    assert.equal(code, 2);
  }
});

test("train ends with 3 if its task fails in the middle, and shows and records the reason", {
  timeout: 120_000,
}, async () => {
  // Draws know their step, and no initial check of the task gets this far.
  await using file = await taskFile(parity({ sequence: "if (draws.step >= 12) y[0] = 2;" }));
  await using launcher = await Launcher.inFolder();
  const why = `${returns} targets from 0 to 1 in y, got 2 at time 0 (length 2–3)`;
  const { code, text } = await launcher.train("mine", `--task=${file.path}`, "--steps=1000", "--trainers=2")
    .ended;
  assert.equal(code, 3, text);
  assert.ok(text.includes(why), text);
  const state = JSON.parse(await readFile(join(launcher.runsDir, "mine", "state"), "utf8"));
  assert.deepEqual([state.state, state.reason], ["failed", why]);
});

test("train refuses a task that breaks the rules only in a stage of the curriculum", async () => {
  await using launcher = await Launcher.inFolder();
  await using file = await taskFile(parity({ sequence: "if (settings.length[1] > 8) mask.fill(0);" }));
  const curriculum = [{ from: 5, task: { length: [9, 9] } }];
  const { code, text } = await launcher.memnet(
    "train",
    `--task=${file.path}`,
    `--set=curriculum=${JSON.stringify(curriculum)}`,
  ).ended;
  assert.equal(code, 2, text);
  assert.ok(text.includes(`${returns} a mask that is 1 where an output counts`), text);
  assert.deepEqual(await readdir(launcher.runsDir), []);
});
