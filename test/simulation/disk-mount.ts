/**
 * A simulated disk as one process sees it. Time passes before each operation, and within operations of several parts.
 */

import type { Disk } from "@memnet/service";
import { File, Folder, type Node } from "./disk-node.ts";
import { failure, partsOf, type Tree } from "./disk-tree.ts";

export type Trouble = "EIO" | "ENOSPC";

/** The way in which a path changes. A write to a file counts for every path that leads to the file at that time. */
export type Change = "write" | "create" | "place" | "take";

export interface Mount {
  /** Asked before each operation. A full disk fails only operations that need space. */
  readonly fault?: (operation: string, path: string) => Trouble | null;
  /** Called after each change. */
  readonly changed?: (change: Change, path: string) => void;
}

export interface MountDeps extends Mount {
  readonly tree: Tree;
  /** In [0, 1). */
  readonly random: () => number;
  /** Never resolves for a dead process. */
  readonly turn: (operation: string) => Promise<void>;
}

export function mounted({ tree, random, turn, fault = () => null, changed = () => {} }: MountDeps): Disk {
  async function ask(operation: string, path: string): Promise<Trouble | null> {
    await turn(operation);
    return fault(operation, path);
  }

  async function begin(operation: string, path: string): Promise<void> {
    const trouble = await ask(operation, path);
    if (trouble === "EIO" || (trouble === "ENOSPC" && needsRoom(operation, path)))
      throw failure(trouble, path);
  }

  function needsRoom(operation: string, path: string): boolean {
    if (operation === "create" || operation === "mkdir") return !tree.find(path);
    return operation === "write";
  }

  async function open(path: string): Promise<Node> {
    await begin("open", path);
    return tree.existing(path);
  }

  /** Opens for writing: the existing file, or else a new one. */
  async function create(path: string, exclusive = false): Promise<File> {
    await begin("create", path);
    const node = tree.find(path);
    if (node && exclusive) throw failure("EEXIST", path);
    if (node) return tree.file(path);
    const { folder, name } = tree.locate(path);
    const file = new File();
    folder.change([name, file]);
    changed("create", path);
    return file;
  }

  /**
   * Writes in two parts, so that a kill in between or a full disk leaves the first. `at` gives each part's position.
   */
  async function write(file: File, path: string, bytes: Uint8Array, at: (done: number) => number) {
    if (bytes.length === 0) return;
    const half = Math.floor(random() * (bytes.length + 1));
    const put = (from: number, to: number): void => {
      if (from === to) return;
      file.write(at(from), bytes.subarray(from, to));
      for (const name of tree.paths(file)) changed("write", name);
    };
    put(0, half);
    await begin("write", path);
    put(half, bytes.length);
  }

  /** Writes at the file's end at that time, even if others append too. */
  const writeAtEnd = (file: File, path: string, bytes: Uint8Array): Promise<void> =>
    write(file, path, bytes, () => file.bytes.length);

  async function sync(node: Node, path: string): Promise<void> {
    const syncing = node.beginSync();
    try {
      await begin("sync", path);
    } catch (error) {
      syncing.fail();
      throw error;
    }
    syncing.succeed();
  }

  /**
   * Removes a folder and its contents, including what is created in it meanwhile. If the folder is moved meanwhile,
   * what is left of it stays.
   */
  async function remove(path: string): Promise<void> {
    const node = tree.find(path);
    if (!node) return;
    while (node instanceof Folder && node.entries.size > 0) {
      const names = [...node.entries.keys()];
      while (names.length > 0) {
        // A folder may list its names in any order.
        const [name] = names.splice(Math.floor(random() * names.length), 1);
        await begin("rm", path);
        if (!tree.isAt(path, node)) return;
        await remove(`${path}/${name}`);
      }
    }
    if (!tree.isAt(path, node)) return;
    const { folder, name } = tree.locate(path);
    folder.change([name, undefined]);
    changed("take", path);
  }

  return {
    async readFile(path) {
      const node = await open(path);
      await begin("read", path);
      if (node instanceof Folder) throw failure("EISDIR", path);
      return node.bytes.slice();
    },
    async writeFile(path, bytes) {
      const file = await create(path);
      file.truncate();
      changed("write", path);
      await write(file, path, bytes, (done) => done);
    },
    async createExclusive(path, bytes) {
      const file = await create(path, true);
      await write(file, path, bytes, (done) => done);
    },
    async append(path, bytes) {
      await writeAtEnd(await create(path), path, bytes);
    },
    async openAppend(path) {
      const file = await create(path);
      let closed = false;
      const opened = (): File => {
        if (closed) throw failure("EBADF", path);
        return file;
      };
      return {
        write: async (bytes) => writeAtEnd(opened(), path, bytes),
        sync: async () => sync(opened(), path),
        async close() {
          closed = true;
          await begin("close", path);
        },
      };
    },
    async syncFile(path) {
      await sync(await open(path), path);
    },
    async syncFolder(path) {
      await sync(await open(path), path);
    },
    async rename(from, to) {
      const trouble = await ask("rename", from);
      // POSIX does not specify how much of the rename an input/output error has done.
      if (trouble === "EIO" && random() < 0.5) throw failure(trouble, from);
      const [source, target] = [tree.locate(from), tree.locate(to)];
      const node = tree.existing(from);
      const there = tree.find(to);
      if (there === node) return;
      checkRename(node, there, target.folder, to);
      // A folder may need space for a new name.
      if (trouble === "ENOSPC" && !there) throw failure(trouble, to);
      if (source.folder === target.folder) {
        source.folder.change([source.name, undefined], [target.name, node]);
      } else {
        target.folder.change([target.name, node]);
        source.folder.change([source.name, undefined]);
      }
      changed("take", from);
      changed("place", to);
      if (trouble === "EIO") throw failure(trouble, from);
    },
    async readdir(path) {
      await begin("readdir", path);
      return [...tree.folder(path).entries]
        .map(([name, node]) => ({ name, isFolder: node instanceof Folder }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async stat(path) {
      await begin("stat", path);
      const node = tree.find(path);
      return (
        node && {
          isFolder: node instanceof Folder,
          bytes: node instanceof File ? node.bytes.length : 0,
          // The disk itself keeps no time.
          modified: 0,
        }
      );
    },
    async mkdir(path) {
      await begin("mkdir", path);
      const parts = partsOf(path);
      for (let depth = 1; depth <= parts.length; depth++) {
        const at = `/${parts.slice(0, depth).join("/")}`;
        const node = tree.find(at);
        if (node instanceof File) throw failure(depth === parts.length ? "EEXIST" : "ENOTDIR", path);
        if (node) continue;
        const { folder, name } = tree.locate(at);
        folder.change([name, new Folder()]);
        changed("create", at);
        if (depth < parts.length) await turn("mkdir");
      }
    },
    async rm(path) {
      await begin("rm", path);
      await remove(path);
    },
  };
}

/** Checks in the same order as Linux. */
function checkRename(node: Node, there: Node | undefined, into: Folder, to: string): void {
  if (node instanceof Folder && holds(node, into)) throw failure("EINVAL", to);
  if (!there) return;
  if (there instanceof Folder && there.entries.size > 0 && holds(there, node)) throw failure("ENOTEMPTY", to);
  if (node instanceof Folder && there instanceof File) throw failure("ENOTDIR", to);
  if (node instanceof File && there instanceof Folder) throw failure("EISDIR", to);
  if (there instanceof Folder && there.entries.size > 0) throw failure("ENOTEMPTY", to);
}

function holds(folder: Folder, node: Node): boolean {
  if (folder === node) return true;
  return [...folder.entries.values()].some(
    (one) => one === node || (one instanceof Folder && holds(one, node)),
  );
}
