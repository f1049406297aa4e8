/**
 * A GPU for tests: SwiftShader, the software Vulkan device that Debian's chromium package ships, so that the same device
 * is tested everywhere. With MEMNET_TEST_GPU set it is whatever GPU the machine has.
 */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findGpu } from "../engines/webgpu/gpu.ts";

const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** Why there is no GPU for tests; false where there is one. To be asked before any engine is made. */
export async function skipWithoutGpu(): Promise<string | false> {
  if (!process.env.MEMNET_TEST_GPU) {
    if (!existsSync(driver)) return `it needs ${driver}, which Debian's chromium package has`;
    process.env.VK_ICD_FILENAMES = driver;
    if (!process.env.XDG_RUNTIME_DIR) {
      const folder = mkdtempSync(join(tmpdir(), "memnet-gpu-"));
      process.on("exit", () => rmSync(folder, { recursive: true }));
      process.env.XDG_RUNTIME_DIR = folder;
    }
  }
  try {
    await findGpu();
    return false;
  } catch (error) {
    // Whoever asks for the machine's own GPU is told by a failure.
    if (process.env.MEMNET_TEST_GPU) return false;
    return `${(error as Error).message}: npm install --no-save webgpu, and Debian's libvulkan1`;
  }
}
