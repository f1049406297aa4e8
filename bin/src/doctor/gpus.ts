/** Finds the GPUs that are visible here, whether or not an engine can use them. */

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finding, well } from "./finding.ts";

/** A hanging driver must not hang the doctor. */
const askMsMax = 3000;

export async function gpuFindings(): Promise<Finding[]> {
  const named = await nvidiaSmi();
  const seen = named.length > 0 ? named : [...nvidiaDriver(), ...renderNodes()];
  return [well("GPUs", seen.length > 0 ? seen.join(", ") : "none is seen")];
}

function nvidiaSmi(): Promise<string[]> {
  return new Promise((resolve) => {
    const query = ["--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"];
    execFile("nvidia-smi", query, { timeout: askMsMax, killSignal: "SIGKILL" }, (error, out) =>
      resolve(error ? [] : smiNames(out)),
    );
  });
}

/** Parses one GPU per line: name, memory, driver. */
export function smiNames(output: string): string[] {
  return output.split("\n").flatMap((line) => {
    const [name, memory, driver] = line.split(",").map((cell) => cell.trim());
    return name && memory && driver ? [`${name} (${memory}, driver ${driver})`] : [];
  });
}

/** Finds GPUs with a driver in the kernel but without nvidia-smi, as in a small container image. */
function nvidiaDriver(folder = "/proc/driver/nvidia/gpus"): string[] {
  return entries(folder).map((gpu) => {
    const text = readFileSync(join(folder, gpu, "information"), "utf8");
    return /^Model:\s*(.+)$/m.exec(text)?.[1] ?? `NVIDIA at ${gpu}`;
  });
}

/** Finds GPUs of other makers. */
function renderNodes(): string[] {
  return entries("/dev/dri")
    .filter((name) => name.startsWith("renderD"))
    .map((name) => `/dev/dri/${name}`);
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
