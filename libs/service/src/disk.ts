/** The file operations that actors use, behind an interface that a simulation can replace. */

import { type FileHandle, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

export interface DiskEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

export interface DiskStat {
  readonly isFolder: boolean;
  readonly bytes: number;
  /** UTC milliseconds since 1970. */
  readonly modified: number;
}

/** A file open for appending. */
export interface AppendFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves once everything written is durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** File operations. Errors are Node.js's own: `code` is ENOENT if a path is missing, EEXIST if it must not exist. */
export interface Disk {
  readFile(path: string): Promise<Uint8Array>;
  /** Replaces an existing file. Neither atomic nor durable; see writeDurably(). */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  /**
   * Creates a file. If several processes try, exactly one succeeds.
   *
   * @throws EEXIST if the path exists
   */
  createExclusive(path: string, bytes: Uint8Array): Promise<void>;
  append(path: string, bytes: Uint8Array): Promise<void>;
  openAppend(path: string): Promise<AppendFile>;
  /** Resolves once the file's content is durable. */
  syncFile(path: string): Promise<void>;
  /** Resolves once the folder's entries are durable, after a create, rename or rm. */
  syncFolder(path: string): Promise<void>;
  /** Atomic within one file system; replaces an existing file. */
  rename(from: string, to: string): Promise<void>;
  /** Sorted by name. */
  readdir(path: string): Promise<DiskEntry[]>;
  /** Returns undefined if nothing exists at the path. */
  stat(path: string): Promise<DiskStat | undefined>;
  /** Creates a folder and its parents; does nothing if it exists. */
  mkdir(path: string): Promise<void>;
  /** Removes a file, or a folder with its contents; does nothing if the path does not exist. */
  rm(path: string): Promise<void>;
}

export const systemDisk: Disk = {
  async readFile(path) {
    const bytes = await readFile(path);
    return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  },
  writeFile: (path, bytes) => withFile(path, "w", (file) => file.writeFile(bytes)),
  createExclusive: (path, bytes) => withFile(path, "wx", (file) => file.writeFile(bytes)),
  append: (path, bytes) => withFile(path, "a", (file) => file.writeFile(bytes)),
  async openAppend(path) {
    const file = await open(path, "a");
    return {
      write: (bytes) => file.writeFile(bytes),
      sync: () => file.sync(),
      close: () => file.close(),
    };
  },
  syncFile: (path) => withFile(path, "r", (file) => file.sync()),
  syncFolder: (path) => withFile(path, "r", (file) => file.sync()),
  rename,
  async readdir(path) {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  },
  async stat(path) {
    try {
      const found = await stat(path);
      return { isFolder: found.isDirectory(), bytes: found.size, modified: found.mtimeMs };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  },
  mkdir: makeFolder,
  rm: (path) => rm(path, { recursive: true, force: true }),
};

/**
 * Creates a folder and its parents.
 *
 * Node.js's own recursive mkdir() never returns below /proc, where it gets ENOENT although the parent folder exists.
 */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = await systemDisk.stat(path);
    if (found?.isFolder) return;
    const above = dirname(path);
    if (code !== "ENOENT" || found || above === path) throw error;
    // Another call may have created the parent meanwhile. Once the parent exists, a second failure is final.
    if (!(await systemDisk.stat(above))) await makeFolder(above);
    await mkdir(path).catch(async (again) => {
      if (!(await systemDisk.stat(path))?.isFolder) throw again;
    });
  }
}

/**
 * Writes a file atomically and durably: if the machine stops at any time, the file is either complete or unchanged, and
 * once this resolves it lasts. Only one writer per path at a time, since the temporary file is named after it.
 */
export async function writeDurably(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const temporary = `${path}.tmp`;
  await disk.writeFile(temporary, bytes);
  await disk.syncFile(temporary);
  await disk.rename(temporary, path);
  await disk.syncFolder(dirname(path));
}

async function withFile(
  path: string,
  flags: string,
  work: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const file = await open(path, flags);
  try {
    await work(file);
  } finally {
    await file.close();
  }
}
