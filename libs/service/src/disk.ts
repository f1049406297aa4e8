/** The disk as actors see it, so that a simulation can put another in its place. */

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

/** A file open for adding at its end. */
export interface AppendFile {
  write(bytes: Uint8Array): Promise<void>;
  /** Resolves once all that was written lasts. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Errors are node's: `code` ENOENT where a path is missing, EEXIST where it must not be there. */
export interface Disk {
  readFile(path: string): Promise<Uint8Array>;
  /** Replaces what is there; neither atomic nor lasting: see writeDurably(). */
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  /** @throws EEXIST where the path is taken: of several processes exactly one succeeds */
  createExclusive(path: string, bytes: Uint8Array): Promise<void>;
  append(path: string, bytes: Uint8Array): Promise<void>;
  openAppend(path: string): Promise<AppendFile>;
  /** Resolves once the file's bytes last. */
  syncFile(path: string): Promise<void>;
  /** Resolves once the folder's names last: after create, rename and rm. */
  syncFolder(path: string): Promise<void>;
  /** Atomic within one file system; replaces a file that is there. */
  rename(from: string, to: string): Promise<void>;
  /** Sorted by name. */
  readdir(path: string): Promise<DiskEntry[]>;
  /** Undefined where nothing is there. */
  stat(path: string): Promise<DiskStat | undefined>;
  /** Parents too; nothing happens where it is there. */
  mkdir(path: string): Promise<void>;
  /** Folders with all that is in them; nothing happens where nothing is there. */
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

/** Node.js's own recursive mkdir() never ends below /proc, where the folder above is there and ENOENT comes all the same. */
async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const found = await systemDisk.stat(path);
    if (found?.isFolder) return;
    const above = dirname(path);
    if (code !== "ENOENT" || found || above === path) throw error;
    // Another call may have made the folder above meanwhile; once it is there, a second failure is final.
    if (!(await systemDisk.stat(above))) await makeFolder(above);
    await mkdir(path).catch(async (again) => {
      if (!(await systemDisk.stat(path))?.isFolder) throw again;
    });
  }
}

/**
 * Puts `bytes` at `path` whole or not at all, whenever the machine stops; once it resolves, they last. One
 * writer for one path at a time: the temporary file beside it is named after it.
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
