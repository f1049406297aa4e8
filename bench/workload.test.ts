import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parameterLayout } from "memnet";
import { chosen, workload } from "./workload.ts";

const variants: readonly (readonly [preset: string, ...assignments: string[]])[] = [
  ["original-ntm-copy"],
  ["original-ntm-copy", "heads.shifts=5", "heads.reads=2", "controller.kind=feedforward"],
  ["original-ntm-copy", "model=lstm"],
  ["original-dnc-repeat-copy", "heads.writes=2"],
  ["original-dnc-repeat-copy", "memory.masked=true", "memory.deallocate=true", "memory.sharpen=true"],
  ["original-dnc-repeat-copy", "controller.kind=feedforward", "memory.sharpen=true"],
];

for (const [preset, ...assignments] of variants) {
  test(`peers cut the parameters of ${[preset, ...assignments].join(" ")} as parameterLayout() does`, () => {
    const { model } = workload(preset, 1, chosen(assignments));
    const script = `
import json, sys
sys.path.insert(0, sys.argv[1])
from common import Sizes
print(json.dumps(Sizes(json.loads(sys.argv[2])).shapes()))
`;
    const peers = fileURLToPath(new URL("peers", import.meta.url));
    const { status, stdout, stderr } = spawnSync(
      "python3",
      ["-B", "-c", script, peers, JSON.stringify(model)],
      {
        encoding: "utf8",
      },
    );
    assert.equal(status, 0, stderr);
    const shapes = (JSON.parse(stdout) as number[][]).filter((shape) => !shape.includes(0));
    assert.deepEqual(
      shapes,
      parameterLayout(model).map(({ shape }) => shape),
    );
  });
}

test("chosen() refuses settings that peers do not know, such as an optimizer's", () => {
  assert.deepEqual(chosen(["model=lstm", "task.length=3"]), { model: "lstm", task: { length: 3 } });
  for (const assignment of ["optimizer.kind=adam", "clip.value=1", "sequencesPerStep=4"]) {
    assert.throws(() => chosen([assignment]), {
      name: "RangeError",
      message: `Cannot set "${assignment}": it must be of model, controller, memory, heads, task, as in model=lstm`,
    });
  }
});
