/**
 * `npm run test:gpu`: the tests of engines webgpu and tfjs-node on what this machine has. `npm test` runs webgpu on a
 * software device, the same everywhere; here it takes the GPU. Nothing is skipped: what is missing fails.
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const files = [
  "libs/memnet/src/engines/webgpu/engine.test.ts",
  "test/integration/device.test.ts",
  "test/gpu/tfjs-node.ts",
];
const root = fileURLToPath(new URL("../..", import.meta.url));
const wanted = process.argv.slice(2);
const chosen = files.filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));
const { status } = spawnSync(process.execPath, ["--import", "tsx", "--test", ...chosen], {
  cwd: root,
  env: { ...process.env, MEMNET_TEST_GPU: "true" },
  stdio: "inherit",
});
process.exitCode = status ?? 1;
