/**
 * Options for tests that need Python with the packages `numpy` and `safetensors`; without them the tests are skipped.
 */

import { spawnSync } from "node:child_process";

export const pythonOptions = { skip: whyNot() };

/** Why these tests cannot run here; false if they can. */
function whyNot(): string | false {
  const { error, status } = spawnSync("python3", ["-c", "import numpy, safetensors.numpy"], {
    stdio: "ignore",
  });
  if (error) return "python3 is not on the PATH";
  return status === 0 ? false : "python3 has no safetensors and numpy (pip install safetensors numpy)";
}
