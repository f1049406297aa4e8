/** Reads a runs folder. Only the evaluator writes to it. */

import { accessSync, constants, existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { runName } from "@memnet/protocol";
import { systemReason, UsageError } from "@memnet/terminal";
import {
  decodeCheckpoint,
  decodeSafetensors,
  didYouMean,
  type Learner,
  type ModelConfig,
  parametersFrom,
  type Safetensors,
} from "memnet";
import type { Existing } from "./configure.ts";
import { readJson, type Written } from "./flags.ts";

export const runsDirDefault = "runs";

/** @throws UsageError stating the rule */
export function checkRunName(name: string): string {
  const checked = runName.safeParse(name);
  if (checked.success) return name;
  const rule = checked.error.issues[0]?.message ?? "it is no run's name";
  throw new UsageError(`Cannot use the run name ${JSON.stringify(name)}: ${rule}`);
}

/**
 * Checks a runs folder to read from. The default folder need not exist yet.
 *
 * @throws UsageError if it is a file, or a named folder that does not exist
 */
export function checkRunsDir(runsDir: string): void {
  try {
    readdirSync(runsDir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" && resolve(runsDir) === resolve(runsDirDefault)) return;
    throw new UsageError(
      `Cannot read the runs folder ${runsDir}: --runs-dir must name a folder that can be read, and ${systemReason(error)}`,
      { cause: error },
    );
  }
}

/**
 * Checks a folder that a command will write to, and will create if it does not exist.
 *
 * @throws UsageError if a file is in its place
 */
export function checkFolderToWrite(flag: string, path: string): void {
  try {
    let at = resolve(path);
    while (!existsSync(at)) at = dirname(at);
    readdirSync(at);
    accessSync(at, constants.W_OK);
  } catch (error) {
    throw folderRefusal(flag, path, error);
  }
}

export function folderRefusal(flag: string, path: string, cause: unknown): UsageError {
  return new UsageError(
    `Cannot write to ${path}: ${flag} must name a folder that can be written, and ${systemReason(cause)}`,
    { cause },
  );
}

export function hasRun(runsDir: string, run: string): boolean {
  return existsSync(join(runsDir, run));
}

/** Returns the error for a run that a folder does not have. It names the run that may have been meant. */
export function noSuchRun(runsDir: string, run: string): UsageError {
  const names = existsSync(runsDir)
    ? readdirSync(runsDir).filter((name) => hasRun(runsDir, join(name, "config.json")))
    : [];
  return noRunOf(run, runsDir, names);
}

/** @param where the folder, or the service that was asked */
export function noRunOf(run: string, where: string, names: readonly string[]): UsageError {
  return new UsageError(`There is no run ${run} in ${where}${didYouMean(run, names)}`);
}

/** Returns the run of that name, or null if there is none. */
export function existingRun(runsDir: string, run: string): Existing | null {
  const path = join(runsDir, run, "config.json");
  if (!existsSync(path)) return null;
  const json = readJson(path);
  if (typeof (json as { training?: unknown } | null)?.training !== "object") {
    throw new UsageError(
      `Cannot read ${path}: it must be a run's configuration, with training and operation`,
    );
  }
  return { runsDir, run, json };
}

/** Lists a run's checkpoints, newest first, preceded by its best one if it has one. */
export function checkpointFiles(runsDir: string, run: string): string[] {
  const folder = join(runsDir, run);
  if (!existsSync(folder)) throw noSuchRun(runsDir, run);
  const best = join(folder, "best.safetensors");
  return [...(existsSync(best) ? [best] : []), ...steps(folder).map(({ path }) => path)];
}

/**
 * Reads the parameters that `--from` or `--init` names; null if neither is given.
 *
 * @throws UsageError or RangeError naming the file and the tensor
 */
export function readInitial(
  runsDir: string,
  { from, init }: Written,
  model: ModelConfig,
): Float32Array | null {
  if (from !== null && init !== null)
    throw new UsageError("Cannot use both --from and --init: one file starts a run");
  const path = init ?? (from === null ? null : fromFile(runsDir, from));
  if (path === null) return null;
  try {
    const bytes = readBytes(path);
    const file = decodeSafetensorsFile(path, bytes);
    // Unlike other files, a checkpoint has checksums. Decoding it refuses a damaged one.
    if (file.metadata.format?.startsWith("memnet-checkpoint")) decodeCheckpoint(bytes);
    return parametersFrom(file, model);
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`Cannot start from ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

/** @throws UsageError if the file cannot be read or is not a safetensors file */
export function readSafetensors(path: string): Safetensors {
  return decodeSafetensorsFile(path, readBytes(path));
}

/** @throws UsageError if the file cannot be read or is not a complete checkpoint */
export function readCheckpoint(path: string): Learner {
  const bytes = readBytes(path);
  try {
    return decodeCheckpoint(bytes);
  } catch (error) {
    throw new UsageError(`Cannot use ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

export function readBytes(path: string): Uint8Array {
  try {
    const bytes = readFileSync(path);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: it must be a safetensors file, and ${systemReason(error)}`, {
      cause: error,
    });
  }
}

function decodeSafetensorsFile(path: string, bytes: Uint8Array): Safetensors {
  try {
    return decodeSafetensors(bytes);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: it must be a whole safetensors file: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

/** Finds a file for --from. RUN: its best checkpoint, else its newest. RUN@STEP: the checkpoint of that step. */
function fromFile(runsDir: string, from: string): string {
  const [run = "", step, ...more] = from.split("@");
  if (more.length > 0 || (step !== undefined && !/^\d+$/.test(step))) {
    throw new UsageError(`Cannot use --from: it must be RUN or RUN@STEP, got ${JSON.stringify(from)}`);
  }
  checkRunName(run);
  const folder = join(runsDir, run);
  if (!existsSync(folder)) throw noSuchRun(runsDir, run);
  const kept = steps(folder);
  if (step === undefined) {
    const [path] = checkpointFiles(runsDir, run);
    if (path === undefined) throw new UsageError(`Cannot use --from: run ${run} has no checkpoint yet`);
    return path;
  }
  const found = kept.find((one) => one.step === Number(step));
  if (found) return found.path;
  const there = kept.length > 0 ? kept.map((one) => one.step).join(", ") : "none";
  throw new UsageError(`Cannot use --from: run ${run} has no checkpoint of step ${step}, it has ${there}`);
}

/** Lists a run's checkpoints, newest first. */
function steps(folder: string): { step: number; path: string }[] {
  const checkpoints = join(folder, "checkpoints");
  if (!existsSync(checkpoints)) return [];
  return readdirSync(checkpoints)
    .flatMap((name) => {
      const match = /^(\d+)\.safetensors$/.exec(name);
      return match ? [{ step: Number(match[1]), path: join(checkpoints, name) }] : [];
    })
    .sort((a, b) => b.step - a.step);
}

/** Says why a file cannot be used, without the leading "Cannot …": the caller names the file itself. */
function reasonOf(error: unknown): string {
  return (error as Error).message.replace(/^Cannot [^:]*: /, "");
}
