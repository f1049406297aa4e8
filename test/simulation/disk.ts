/**
 * A disk that does the worst that POSIX allows: what was not synced may survive a crash wholly, in part or not at all,
 * a file's name apart from its bytes; a failed sync may have lost what it was to keep; a full disk takes half.
 */

import type { Disk } from "@memnet/service";
import { File, Folder, type Node } from "./disk-node.ts";

export type Trouble = "EIO" | "ENOSPC";

export interface Mount {
  /** Asked before each operation. A full disk fails only what needs room. */
  readonly fault?: (operation: string, path: string) => Trouble | null;
  /** Told of each change of what a path stands for; of bytes as long as the file has its name. */
  readonly changed?: (change: Change, path: string) => void;
}

export type Change = "write" | "create" | "place" | "take";

/** What certainly survives a crash. */
export interface Durable {
  /** What a file then begins with, for each inode that its name may stand for; undefined: nothing is certain of it. */
  readings(path: string): (Uint8Array | undefined)[];
  names(path: string): string[];
}

const needsRoom = new Set(["write", "create", "append", "mkdir"]);

export class SimulatedDisk {
  private readonly root = new Folder();
  private readonly random: () => number;

  /** @param random 0 … 1 */
  constructor(random: () => number) {
    this.random = random;
  }

  /** Power fails; whoever has the disk mounted must be dead. */
  crash(): void {
    this.root.crash(this.random);
    this.root.dropMoved();
  }

  durable(): Durable {
    /** A folder on the way must be certain itself. */
    const folder = (parts: readonly string[]): Folder | undefined =>
      parts.reduce<Folder | undefined>((at, name) => {
        const [next, ...others] = at?.after(name) ?? [];
        return next instanceof Folder && others.length === 0 ? next : undefined;
      }, this.root);
    return {
      readings(path) {
        const nodes = folder(partsOf(path).slice(0, -1))?.after(nameOf(path)) ?? [undefined];
        return [...nodes].map((node) => (node instanceof File ? node.certain : undefined));
      },
      names: (path) => folder(partsOf(path))?.certain.sort() ?? [],
    };
  }

  /** @param turn awaited before each operation and between the parts of a write; never resolves for a dead process */
  mount(
    turn: (operation: string) => Promise<void>,
    { fault = () => null, changed = () => {} }: Mount = {},
  ): Disk {
    const random = this.random;
    const create = (path: string): File => {
      const known = this.find(path);
      const file = this.orNew(path);
      if (!known) changed("create", path);
      return file;
    };
    const grow = (file: File, path: string, bytes: Uint8Array): void => {
      file.bytes = joined(file.bytes, bytes);
      if (bytes.length > 0 && this.find(path) === file) changed("write", path);
    };

    async function begin(operation: string, path: string): Promise<void> {
      await turn(operation);
      const trouble = fault(operation, path);
      if (trouble === "EIO" || (trouble === "ENOSPC" && needsRoom.has(operation)))
        throw failure(trouble, path);
    }

    /** In two parts; a kill between them, or a disk that is full, leaves the first. */
    async function write(file: File, path: string, bytes: Uint8Array): Promise<void> {
      const half = Math.floor(random() * (bytes.length + 1));
      grow(file, path, bytes.subarray(0, half));
      await begin("write", path);
      grow(file, path, bytes.subarray(half));
    }

    async function sync(node: Node, path: string): Promise<void> {
      try {
        await begin("sync", path);
      } catch (error) {
        node.failSync();
        throw error;
      }
      node.sync();
    }

    return {
      readFile: async (path) => {
        await begin("read", path);
        return this.file(path).bytes.slice();
      },
      writeFile: async (path, bytes) => {
        await begin("create", path);
        const file = create(path);
        file.bytes = new Uint8Array(0);
        changed("write", path);
        await write(file, path, bytes);
      },
      createExclusive: async (path, bytes) => {
        await begin("create", path);
        if (this.find(path)) throw failure("EEXIST", path);
        await write(create(path), path, bytes);
      },
      append: async (path, bytes) => {
        await begin("create", path);
        await write(create(path), path, bytes);
      },
      openAppend: async (path) => {
        await begin("create", path);
        const file = create(path);
        return {
          write: (bytes) => write(file, path, bytes),
          sync: () => sync(file, path),
          close: () => turn("close"),
        };
      },
      syncFile: async (path) => sync(this.file(path), path),
      syncFolder: async (path) => sync(this.folder(path), path),
      rename: async (from, to) => {
        await begin("rename", from);
        const node = this.find(from);
        if (!node) throw failure("ENOENT", from);
        const there = this.find(to);
        if (there instanceof Folder && there.entries.size > 0) throw failure("ENOTEMPTY", to);
        const [source, target] = [this.parent(from), this.parent(to)];
        target.set(nameOf(to), node);
        source.set(nameOf(from), undefined);
        changed("take", from);
        changed("place", to);
      },
      readdir: async (path) => {
        await begin("readdir", path);
        return [...this.folder(path).entries]
          .map(([name, node]) => ({ name, isFolder: node instanceof Folder }))
          .sort((a, b) => (a.name < b.name ? -1 : 1));
      },
      stat: async (path) => {
        await begin("stat", path);
        const node = this.find(path);
        return (
          node && {
            isFolder: node instanceof Folder,
            bytes: node instanceof File ? node.bytes.length : 0,
            modified: 0,
          }
        );
      },
      mkdir: async (path) => {
        await begin("mkdir", path);
        let folder = this.root;
        for (const name of partsOf(path)) {
          const next = folder.entries.get(name) ?? new Folder();
          if (next instanceof File) throw failure("ENOTDIR", path);
          if (!folder.entries.has(name)) folder.set(name, next);
          folder = next;
        }
      },
      rm: async (path) => {
        await begin("rm", path);
        const remove = async (at: string): Promise<void> => {
          const node = this.find(at);
          if (node instanceof Folder) {
            for (const name of [...node.entries.keys()]) {
              await turn("rm");
              await remove(`${at}/${name}`);
            }
          }
          if (!node || this.find(at) !== node) return;
          this.parent(at).set(nameOf(at), undefined);
          changed("take", at);
        };
        await remove(path);
      },
    };
  }

  private find(path: string): Node | undefined {
    return partsOf(path).reduce<Node | undefined>(
      (node, name) => (node instanceof Folder ? node.entries.get(name) : undefined),
      this.root,
    );
  }

  private file(path: string): File {
    const node = this.find(path);
    if (!node) throw failure("ENOENT", path);
    if (node instanceof Folder) throw failure("EISDIR", path);
    return node;
  }

  private folder(path: string): Folder {
    const node = this.find(path);
    if (!node) throw failure("ENOENT", path);
    if (node instanceof File) throw failure("ENOTDIR", path);
    return node;
  }

  private parent(path: string): Folder {
    return this.folder(`/${partsOf(path).slice(0, -1).join("/")}`);
  }

  private orNew(path: string): File {
    const node = this.find(path);
    if (node instanceof Folder) throw failure("EISDIR", path);
    if (node) return node;
    const made = new File();
    this.parent(path).set(nameOf(path), made);
    return made;
  }
}

function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "");
}

function nameOf(path: string): string {
  return partsOf(path).at(-1)!;
}

function joined(before: Uint8Array, after: Uint8Array): Uint8Array {
  const both = new Uint8Array(before.length + after.length);
  both.set(before);
  both.set(after, before.length);
  return both;
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
