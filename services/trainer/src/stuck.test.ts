/** Tests with a real thread and a task that passes its trial but fails in the middle of a run. */

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { readTaskFile } from "@memnet/service/task-file";
import { waitForever } from "@memnet/service/testing";
import { initialParameters, modelOf, preset, runConfig, sha256 } from "memnet";
import { threadedComputer } from "./placement.ts";

/** The draws know their step: step 6 belongs to training step 7. */
const source = (fault: string) => `
  export const task = {
    name: "mine",
    settings: { length: [1, 2] },
    beyond: {},
    input: () => 1,
    output: () => 1,
    sequence(settings, draws) {
      const times = draws.integer(...settings.length);
      if (draws.step === 6) ${fault}
      const x = Float32Array.from({ length: times }, () => draws.bit());
      return { times, x, y: x.slice(), mask: x.slice().fill(1) };
    },
  };`;

for (const [what, fault, said] of [
  ["never returns", waitForever, "must take at most 2 s, and has not ended"],
  ["ends its process", "process.exit(0);", "must not end the process, and it called process.exit()"],
] as const) {
  test(`threadedComputer() names the task that ${what} in the middle of a run`, async (context) => {
    const folder = await mkdtemp(join(tmpdir(), "memnet-stuck-"));
    context.after(() => rm(folder, { recursive: true }));
    const taskFile = join(folder, "mine.mjs");
    await writeFile(taskFile, source(fault));
    const { task } = await readTaskFile(taskFile);
    const written = { name: "mine", sha256: sha256(await readFile(taskFile)) };
    const { training } = runConfig({ ...preset("original-ntm-copy"), engine: "wasm", task: written }, task);
    const computer = await threadedComputer({ training, taskFile }, 2000);
    context.after(() => computer.stop());
    const parameters = initialParameters(modelOf(training, task), 1);
    const node = { lo: 0, hi: 4 };
    const compute = (step: number) =>
      computer.compute({
        ...{ step, node, number: 1 },
        parameters: parameters.slice(),
        batches: [null, null, null, null],
      });
    assert.ok(await compute(6));
    await assert.rejects(compute(7), {
      name: "TaskError",
      message: `Cannot use task mine: making its sequences ${said}`,
    });
  });
}
