/**
 * Lists the GPUs of this machine, and restricts a process to one of them. WebGPU offers no way to choose a GPU, so the
 * choice is made below it: Mesa's Vulkan layer puts the wanted GPU first, whatever its vendor, and CUDA has its own
 * variables.
 */

import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";

export interface Gpu {
  /** The PCI address, such as 0000:81:00.0. */
  readonly address: string;
  readonly isNvidia: boolean;
}

const layer = "VkLayer_MESA_device_select.json";
const layerFolders = [
  "usr/share/vulkan/implicit_layer.d",
  "usr/local/share/vulkan/implicit_layer.d",
  "etc/vulkan/implicit_layer.d",
];

/** Lists the GPUs, sorted by address, so that every process sees the same order. */
export function listGpus(root = "/"): Gpu[] {
  const nvidia = new Set(entries(join(root, "proc/driver/nvidia/gpus")));
  const drm = join(root, "sys/class/drm");
  const rendering = entries(drm)
    .filter((name) => /^renderD\d+$/.test(name))
    .flatMap((name) => addressOf(join(drm, name, "device")));
  return [...new Set([...nvidia, ...rendering])]
    .sort()
    .map((address) => ({ address, isNvidia: nvidia.has(address) }));
}

/**
 * Returns environment variables that restrict a process to one GPU; none if the machine has only that one.
 *
 * @throws RangeError if there is no such GPU, Error if Mesa's layer is missing, without which Vulkan cannot be told
 *         which GPU to use
 */
export function gpuEnvironment(device: number, root = "/"): Record<string, string> {
  const gpus = listGpus(root);
  const gpu = gpus[device];
  if (!gpu) {
    const there = gpus.length === 0 ? "none was found" : `the last one is ${gpus.length - 1}`;
    throw new RangeError(
      `Cannot use GPU ${device}: ${there}, in /proc/driver/nvidia/gpus and /sys/class/drm`,
    );
  }
  if (gpus.length === 1) return {};
  if (!layerFolders.some((folder) => existsSync(join(root, folder, layer)))) {
    throw new Error(
      `Cannot choose GPU ${device} of ${gpus.length}: Vulkan needs Mesa's layer for it, ${layer}, ` +
        "which Debian's mesa-vulkan-drivers has",
    );
  }
  const cuda = gpus.filter(({ isNvidia }) => isNvidia).indexOf(gpu);
  return {
    DRI_PRIME: `pci-${gpu.address.replaceAll(/[:.]/g, "_")}`,
    // For a GPU of another vendor the list is empty, which hides all GPUs from CUDA.
    ...{ CUDA_DEVICE_ORDER: "PCI_BUS_ID", CUDA_VISIBLE_DEVICES: cuda < 0 ? "" : String(cuda) },
  };
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Returns the PCI address of a device folder; none if it is not a PCI device. */
function addressOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const name = basename(realpathSync(folder));
  return /^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(name) ? [name] : [];
}
