/**
 * The GPU for tests: SwiftShader, the software Vulkan device in Debian's chromium-common package, so that tests use the
 * same device everywhere. With MEMNET_TEST_GPU set it is the machine's own GPU.
 */

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findGpu } from "../engines/webgpu/gpu.ts";

const driver = "/usr/lib/chromium/vk_swiftshader_icd.json";

/** The reason why there is no GPU for tests, or false. Must be called before an engine is made. */
export async function skipWithoutGpu(): Promise<string | false> {
  if (!process.env.MEMNET_TEST_GPU) {
    if (!existsSync(driver)) return `it needs ${driver}, which Debian's chromium-common package has`;
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
    // If the machine's own GPU is wanted, tests must fail without it.
    if (process.env.MEMNET_TEST_GPU) return false;
    return `${(error as Error).message}: npm install --no-save webgpu, and Debian's libvulkan1`;
  }
}
