/** How much of the machine this process may use: a container's limits stand in files of the kernel's. */

import { readFileSync } from "node:fs";
import { availableParallelism, freemem, totalmem } from "node:os";
import { doubtful, type Finding, well } from "./finding.ts";

/** A trainer of dnc-repeat-copy-fast takes 176 MB, the other services take 100 to 150. */
const serviceBytes = 256 * 2 ** 20;

/** A file's text; null where there is none. */
type Read = (path: string) => string | null;

const readKernel: Read = (path) => {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return null;
  }
};

/** Processors' worth of time that the control group may take; null where it is not bounded. Both versions of cgroups. */
export function processorQuota(read: Read = readKernel): number | null {
  const [quota, period] =
    read("/sys/fs/cgroup/cpu.max")?.split(" ") ??
    [read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")].map(
      (text) => text ?? undefined,
    );
  const share = Number(quota) / Number(period);
  return share > 0 && Number.isFinite(share) ? share : null;
}

/** Bytes that the control group may have and has; null where it is not bounded below what the machine has. */
export function memoryLimit(
  machineBytes: number,
  read: Read = readKernel,
): { readonly bytes: number; readonly usedBytes: number } | null {
  const limit = read("/sys/fs/cgroup/memory.max") ?? read("/sys/fs/cgroup/memory/memory.limit_in_bytes");
  const used = read("/sys/fs/cgroup/memory.current") ?? read("/sys/fs/cgroup/memory/memory.usage_in_bytes");
  const bytes = Number(limit);
  // "max" is no number; the older version says a number beyond any machine.
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
  return `${Math.round(bytes / 2 ** 20).toLocaleString("en-US")} MB`;
}
