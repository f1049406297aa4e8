/**
 * The GPUs of this machine, and how a process is held to one of them. WebGPU has no way to say which: the choice is
 * Vulkan's, whose layer of Mesa's puts the wanted one first, whatever its maker; CUDA has its own.
 */

import { existsSync, readdirSync, realpathSync } from "node:fs";
import { basename, join } from "node:path";

export interface Gpu {
  /** Its PCI address, as 0000:81:00.0. */
  readonly address: string;
  readonly isNvidia: boolean;
}

const layer = "VkLayer_MESA_device_select.json";
const layerFolders = [
  "usr/share/vulkan/implicit_layer.d",
  "usr/local/share/vulkan/implicit_layer.d",
  "etc/vulkan/implicit_layer.d",
];

/** In the order of their addresses, which is the same for every process. */
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
 * What holds a process to one GPU, as environment variables; nothing where there is only that one.
 *
 * @throws RangeError where there is no such GPU, Error where Vulkan could not tell it from the others
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
    // No GPU of another maker's is CUDA's, and an empty list shows it none.
    ...{ CUDA_DEVICE_ORDER: "PCI_BUS_ID", CUDA_VISIBLE_DEVICES: cuda < 0 ? "" : String(cuda) },
  };
}

function entries(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

/** Of a device's folder; none where it is no PCI device. */
function addressOf(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const name = basename(realpathSync(folder));
  return /^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(name) ? [name] : [];
}
