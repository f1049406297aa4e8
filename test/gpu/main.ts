/**
 * `npm run test:gpu`: tests the engines webgpu and tfjs-node on this machine's hardware. `npm test` runs webgpu on a
 * software device, the same everywhere; this uses the GPU. Nothing is skipped: a missing device or package is a
 * failure.
 *
 *     npm run test:gpu -- --help
 */

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { complain, ending, exitCodes, UsageError } from "@memnet/terminal";

const tests: Readonly<Record<string, readonly string[]>> = {
  webgpu: [
    ...["engine", "engine.bits"].map((name) => `libs/memnet/src/engines/webgpu/${name}.test.ts`),
    "test/integration/device.test.ts",
  ],
  "tfjs-node": ["test/gpu/tfjs-node.ts"],
};
const root = fileURLToPath(new URL("../..", import.meta.url));

const help = `Tests the engines that compute on a GPU, on this machine's own.

  npm run test:gpu -- [--help] [ENGINE…]     engines: ${Object.keys(tests).join(", ")} (default: both)

webgpu needs npm install --no-save webgpu, tfjs-node npm run setup:tfjs-node.
`;

try {
  process.exitCode = main(process.argv.slice(2));
} catch (error) {
  const { code, text } = ending(error);
  complain(text);
  process.exitCode = code;
}

function main(args: string[]): number {
  const { help: asked, engines } = read(args);
  if (asked) {
    process.stdout.write(help);
    return exitCodes.done;
  }
  const files = engines.flatMap((engine) => {
    const own = Object.hasOwn(tests, engine) ? tests[engine] : undefined;
    if (own) return own;
    throw new UsageError(`Cannot test ${engine}: it must be one of ${Object.keys(tests).join(", ")}`);
  });
  const { status } = spawnSync(process.execPath, ["--import", "tsx", "--test", ...files], {
    cwd: root,
    env: { ...process.env, MEMNET_TEST_GPU: "true" },
    stdio: "inherit",
  });
  return status ?? exitCodes.failure;
}

function read(args: string[]): { help: boolean; engines: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({
      args,
      options: { help: { type: "boolean", default: false } },
      allowPositionals: true,
    });
    return { help: values.help, engines: positionals.length > 0 ? positionals : Object.keys(tests) };
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
