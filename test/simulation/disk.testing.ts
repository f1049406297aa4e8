/** Helpers for the tests of the simulated disk: an unmounted disk, random operations, and the outcomes of crashes. */

import { join } from "node:path";
import type { AppendFile, Disk } from "@memnet/service";
import { Chance } from "./chance.ts";
import { type Mount, SimulatedDisk } from "./disk.ts";

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (of: Uint8Array): string => new TextDecoder().decode(of);
/** For a process that never waits. */
export const atOnce = async (): Promise<void> => {};

/** Enough seeds to produce every outcome of a few bytes and names. */
export const seeds = 300;

export const randomOf = (seed: number): (() => number) => new Chance(seed, "disk").uniform;

export function simulated(seed = 1, options: Mount = {}): { disk: SimulatedDisk; mount: Disk } {
  const disk = new SimulatedDisk(randomOf(seed));
  return { disk, mount: disk.mount(atOnce, options) };
}

/** Returns a file's text, or the error's code. */
export async function read(mount: Disk, path: string): Promise<string> {
  return mount.readFile(path).then(text, (error: NodeJS.ErrnoException) => String(error.code));
}

/** Writes files and makes them durable. */
export async function keep(
  mount: Disk,
  files: Readonly<Record<string, string>>,
  folders: readonly string[] = [],
) {
  for (const folder of folders) await mount.mkdir(folder);
  for (const [path, content] of Object.entries(files)) {
    await mount.writeFile(path, bytes(content));
    await mount.syncFile(path);
  }
  for (const folder of ["/", ...folders]) await mount.syncFolder(folder);
}

/** Performs random operations on few names, so that they interact, and reports what each did. */
export async function anything(
  disk: Disk,
  root: string,
  random: () => number,
  operations: number,
): Promise<string[]> {
  const pick = <T>(among: readonly T[]): T => among[Math.floor(random() * among.length)]!;
  const names = ["a", "b", "a/a", "a/b", "b/a", "a/b/a", "b/a/b"];
  const open: AppendFile[] = [];
  const told: string[] = [];
  const acts: ((path: string, other: string, some: Uint8Array) => Promise<unknown>)[] = [
    async (path) => text(await disk.readFile(path)),
    (path, _, some) => disk.writeFile(path, some),
    (path, _, some) => disk.createExclusive(path, some),
    (path, _, some) => disk.append(path, some),
    async (path) => void open.push(await disk.openAppend(path)),
    (_path, _, some) => (open.length > 0 ? pick(open).write(some) : Promise.resolve()),
    () => (open.length > 0 ? pick(open).sync() : Promise.resolve()),
    (path) => disk.syncFile(path),
    (path) => disk.syncFolder(path),
    () => disk.syncFolder(root),
    (path, other) => disk.rename(path, other),
    (path, other) => disk.rename(path, other),
    (path) => disk.readdir(path),
    (path) => disk.mkdir(path),
    (path) => disk.mkdir(path),
    (path) => (random() < 0.3 ? disk.rm(path) : Promise.resolve()),
    async (path) => {
      const found = await disk.stat(path);
      return found && [found.isFolder, found.isFolder ? 0 : found.bytes];
    },
  ];
  for (let done = 0; done < operations; done++) {
    const index = Math.floor(random() * acts.length);
    const [path, other, some] = [join(root, pick(names)), join(root, pick(names)), bytes(`${done};`)];
    const outcome = await acts[index]!(path, other, some).catch(({ code }) => code);
    told.push(`${index} ${path.slice(root.length)} ${other.slice(root.length)}: ${JSON.stringify(outcome)}`);
  }
  for (const file of open) await file.close();
  return told;
}

interface Found {
  readonly path: string;
  readonly text: string;
}

export async function filesIn(disk: Disk, folder: string): Promise<Found[]> {
  const found: Found[] = [];
  for (const { name, isFolder } of await disk.readdir(folder)) {
    const path = join(folder, name);
    if (isFolder) found.push(...(await filesIn(disk, path)));
    else found.push({ path, text: await read(disk, path) });
  }
  return found;
}

/** Collects what a path reads as after a crash, over many seeds. */
export async function afterCrash(
  prepare: (mount: Disk) => Promise<void>,
  ...paths: string[]
): Promise<Set<string>> {
  return afterCrashOf((disk) => prepare(disk.mount(atOnce)), ...paths);
}

export async function afterCrashOf(
  prepare: (disk: SimulatedDisk) => Promise<void>,
  ...paths: string[]
): Promise<Set<string>> {
  const found = new Set<string>();
  for (let seed = 0; seed < seeds; seed++) {
    const { disk } = simulated(seed);
    await prepare(disk);
    disk.crash();
    const quiet = disk.mount(atOnce);
    found.add((await Promise.all(paths.map((path) => read(quiet, path)))).join(" "));
  }
  return found;
}
