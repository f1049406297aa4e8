/** Reads the files of a run's folder, and never writes to it. Works with or without an evaluator. */

import { messages, type RunState } from "@memnet/protocol";
import type { Disk } from "@memnet/service";
import { decodeSafetensors } from "memnet";
import { type Doubts, noDoubts, parseDoubts } from "./doubts.ts";
import { DamagedRunError, diskCode } from "./errors.ts";
import { numbersOf, type RunPaths, stepsOf } from "./paths.ts";
import { parseStoredConfig, type StoredConfig } from "./stored-config.ts";

export interface StoredState {
  readonly state: RunState;
  readonly reason: string | null;
  /** The epoch of the coordinator that reported the state; 0 if none has. */
  readonly epoch: number;
}

/** The coordinator that took the run's newest epoch. */
export interface Holder {
  readonly coordinator: string;
  readonly machine: string;
}

export interface Epoch {
  /** 0 before the run is first opened. */
  readonly epoch: number;
  readonly holder: Holder | null;
}

/**
 * Reads config.json.
 *
 * @throws DamagedRunError if it is missing or cannot be read
 */
export async function readConfig(disk: Disk, run: string, paths: RunPaths): Promise<StoredConfig> {
  const bytes = await readIfThere(disk, paths.config);
  if (!bytes) throw new DamagedRunError(run, "it has no config.json");
  try {
    return parseStoredConfig(textOf(bytes));
  } catch (cause) {
    throw new DamagedRunError(run, `its config.json cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/**
 * Reads doubts.json; a run without it has none.
 *
 * @throws DamagedRunError if it cannot be read
 */
export async function readDoubts(disk: Disk, run: string, paths: RunPaths): Promise<Doubts> {
  const bytes = await readIfThere(disk, paths.doubts);
  if (!bytes) return noDoubts;
  try {
    return parseDoubts(textOf(bytes));
  } catch (cause) {
    throw new DamagedRunError(run, `its doubts.json cannot be read: ${(cause as Error).message}`, { cause });
  }
}

/** Reads the state file. If it cannot be read, the run counts as stopped. */
export async function readState(disk: Disk, paths: RunPaths): Promise<StoredState> {
  const value = parsed(await readIfThere(disk, paths.state));
  const state = messages.states.find((name) => name === value?.state) ?? "stopped";
  return {
    state,
    reason: typeof value?.reason === "string" ? value.reason : null,
    epoch: Number.isSafeInteger(value?.epoch) ? Number(value?.epoch) : 0,
  };
}

/** Reads the newest epoch. Its holder is null if a crash came before the file was written. */
export async function readEpoch(disk: Disk, paths: RunPaths): Promise<Epoch> {
  const names = (await readdirIfThere(disk, paths.epochs)).map(({ name }) => name);
  const epoch = numbersOf(names, /^([1-9]\d{0,14})$/).at(-1);
  if (epoch === undefined) return { epoch: 0, holder: null };
  const value = parsed(await readIfThere(disk, `${paths.epochs}/${epoch}`));
  const { coordinator, machine } = value ?? {};
  const known = typeof coordinator === "string" && typeof machine === "string";
  return { epoch, holder: known ? { coordinator, machine } : null };
}

/** Returns the steps that have a checkpoint file, ascending. */
export async function readSteps(disk: Disk, paths: RunPaths): Promise<number[]> {
  const entries = await readdirIfThere(disk, paths.checkpoints);
  return stepsOf(entries.filter(({ isFolder }) => !isFolder).map(({ name }) => name));
}

/** Returns the step of best.safetensors; null if the file is missing or cannot be read. */
export async function readBestStep(disk: Disk, paths: RunPaths): Promise<number | null> {
  const bytes = await readIfThere(disk, paths.best);
  if (!bytes) return null;
  try {
    const step = Number(decodeSafetensors(bytes).metadata.step);
    return Number.isSafeInteger(step) ? step : null;
  } catch {
    return null;
  }
}

/** @returns undefined if there is no such file */
export async function readIfThere(disk: Disk, path: string): Promise<Uint8Array | undefined> {
  try {
    return await disk.readFile(path);
  } catch (error) {
    if (diskCode(error) === "ENOENT") return undefined;
    throw error;
  }
}

async function readdirIfThere(disk: Disk, path: string) {
  try {
    return await disk.readdir(path);
  } catch (error) {
    if (diskCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** Parses a JSON object; undefined if it is none. */
export function parsed(bytes: Uint8Array | undefined): Record<string, unknown> | undefined {
  if (!bytes) return undefined;
  try {
    const value: unknown = JSON.parse(textOf(bytes));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
