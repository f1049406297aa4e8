import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { gpuEnvironment, listGpus } from "./gpus.ts";

/** Creates a machine's files, for the given NVIDIA GPUs and the GPUs with a render node. */
function machine(nvidia: readonly string[], rendering: readonly string[], layer = true) {
  const root = mkdtempSync(join(tmpdir(), "memnet-gpus-"));
  for (const address of nvidia)
    mkdirSync(join(root, "proc/driver/nvidia/gpus", address), { recursive: true });
  const drm = join(root, "sys/class/drm");
  mkdirSync(drm, { recursive: true });
  for (const [index, address] of rendering.entries()) {
    const device = join(root, "sys/devices", address);
    const node = join(drm, `renderD${128 + index}`);
    mkdirSync(device, { recursive: true });
    mkdirSync(node);
    symlinkSync(device, join(node, "device"));
  }
  if (layer) {
    const folder = join(root, "usr/share/vulkan/implicit_layer.d");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "VkLayer_MESA_device_select.json"), "{}");
  }
  return { root, [Symbol.dispose]: () => rmSync(root, { recursive: true }) };
}

test("listGpus() lists each GPU once, in the order of addresses", () => {
  using none = machine([], []);
  assert.deepEqual(listGpus(none.root), []);
  using many = machine(["0000:81:00.0", "0000:01:00.0"], ["0000:81:00.0", "0000:03:00.0", "vgem"]);
  assert.deepEqual(
    listGpus(many.root).map(({ address, isNvidia }) => `${address} ${isNvidia}`),
    ["0000:01:00.0 true", "0000:03:00.0 false", "0000:81:00.0 true"],
  );
});

test("gpuEnvironment() restricts a process to one GPU, for Vulkan and for CUDA", () => {
  using many = machine(["0000:81:00.0", "0000:01:00.0"], ["0000:03:00.0"]);
  const of = (device: number) => gpuEnvironment(device, many.root);
  assert.deepEqual(of(0), {
    DRI_PRIME: "pci-0000_01_00_0",
    CUDA_DEVICE_ORDER: "PCI_BUS_ID",
    CUDA_VISIBLE_DEVICES: "0",
  });
  assert.equal(of(1).CUDA_VISIBLE_DEVICES, "");
  assert.deepEqual([of(2).DRI_PRIME, of(2).CUDA_VISIBLE_DEVICES], ["pci-0000_81_00_0", "1"]);
  assert.throws(() => of(3), { name: "RangeError", message: /Cannot use GPU 3: the last one is 2/ });
});

test("gpuEnvironment() changes nothing for a single GPU, and throws if Vulkan cannot choose among several", () => {
  using one = machine(["0000:01:00.0"], [], false);
  assert.deepEqual(gpuEnvironment(0, one.root), {});
  using two = machine(["0000:01:00.0", "0000:02:00.0"], [], false);
  assert.throws(() => gpuEnvironment(0, two.root), /Cannot choose GPU 0 of 2: .*mesa-vulkan-drivers/);
  using none = machine([], []);
  assert.throws(() => gpuEnvironment(0, none.root), /Cannot use GPU 0: none was found/);
});
