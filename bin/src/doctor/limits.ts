/** How much of the machine this process may use. The kernel lists a container's limits in files. */

import { readFileSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { grouped } from "memnet";
import { doubtful, type Finding, well } from "./finding.ts";

/** A trainer of original-dnc-repeat-copy-fast uses 176 MB, the other services 100 to 150 MB each. */
const serviceBytes = 256 * 2 ** 20;

/** Returns a file's text; null if there is no such file. */
type Read = (path: string) => string | null;

const readKernel: Read = (path) => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
};

/** The number of processors whose time the control group may use; null if unlimited. Reads both cgroup versions. */
export function processorQuota(read: Read = readKernel): number | null {
  const [quota, period] =
    read("/sys/fs/cgroup/cpu.max")?.split(" ") ??
    [read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")].map(
      (text) => text ?? undefined,
    );
  const share = Number(quota) / Number(period);
  return share > 0 && Number.isFinite(share) ? share : null;
}

/** The memory limit of the control group and its use, in bytes; null if the limit is not below the machine's memory. */
export function memoryLimit(
  machineBytes: number,
  read: Read = readKernel,
): { readonly bytes: number; readonly usedBytes: number } | null {
  const limit = read("/sys/fs/cgroup/memory.max") ?? read("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  const used = read("/sys/fs/cgroup/memory.current") ?? read("/sys/fs/cgroup/memory/memory.usage_in_bytes");
  const bytes = Number(limit);
  // Version 2 says "max" for unlimited; version 1 gives a number beyond any machine's memory.
  if (limit === null || !(bytes < machineBytes)) return null;
  return { bytes, usedBytes: Number(used ?? 0) };
}

export function limitFindings(): Finding[] {
  const quota = processorQuota();
  const processors = availableParallelism();
  const bounded = quota !== null && quota < processors ? `, of which this group may take ${quota}` : "";
  const limit = memoryLimit(totalmem());
  const free = Math.min(freemem(), limit ? limit.bytes - limit.usedBytes : Number.POSITIVE_INFINITY);
  const has = limit ? `a limit of ${megabytes(limit.bytes)}` : `${megabytes(totalmem())} in the machine`;
  const text = `${megabytes(free)} free, ${has}`;
  return [
    well("processors", `${processors}${bounded}`),
    free >= serviceBytes
      ? well("memory", text)
      : doubtful(
          "memory",
          text,
          `a service takes up to ${megabytes(serviceBytes)}; raise the limit or end something`,
        ),
  ];
}

export function megabytes(bytes: number): string {
  return `${grouped(Math.round(bytes / 2 ** 20))} MB`;
}
