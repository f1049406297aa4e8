/** Checks the engine tfjs-node against the golden files; `npm run setup:tfjs-node` installs it. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { checkGolden, createEngine, decodeSafetensors, goldenModel } from "memnet";

const folder = new URL("../../libs/memnet/golden/", import.meta.url);

for (const file of readdirSync(folder).filter((name) =>
  /^(ntm|dnc|ff|lstm|mds)-[^.]+\.safetensors$/.test(name),
)) {
  test(`engine tfjs-node gives the golden numbers of ${file}`, async () => {
    const cases = decodeSafetensors(readFileSync(new URL(file, folder)));
    const engine = await createEngine("tfjs-node", goldenModel(cases));
    const result = await checkGolden(engine, cases);
    engine.dispose();
    assert.match(engine.detail ?? "", /^TensorFlow \d+\.\d+\.\d+ on a [CG]PU$/);
    assert.ok(result.pass, JSON.stringify(result));
  });
}
