/**
 * A disk that does the worst that POSIX allows. A file and its name are separate, and each is durable only once it was
 * synced. After a crash, data that was not synced may be present, partly present, in its old state, or gone. A folder's
 * names are as after the first few of its operations. A failed sync may lose what it covered; a full disk writes a
 * part.
 */

import type { Disk } from "@memnet/service";
import { type Mount, mounted } from "./disk-mount.ts";
import { File, Folder } from "./disk-node.ts";
import { partsOf, Tree } from "./disk-tree.ts";

export type { Change, Mount, Trouble } from "./disk-mount.ts";

/** What certainly survives a crash. */
export interface Durable {
  /** The bytes that a file then begins with; undefined if the path may lead nowhere, or to one of several files. */
  readFile(path: string): Uint8Array | undefined;
  /** The same for each file that the path may lead to; includes undefined if it may lead to none. */
  readings(path: string): (Uint8Array | undefined)[];
  /** The names in a folder, sorted. */
  names(path: string): string[];
}

/** The share of crashes that take all that they may; as many take nothing. */
const extreme = 1 / 8;

export class SimulatedDisk {
  private readonly tree = new Tree();
  private readonly random: () => number;

  /** @param random returns numbers in [0, 1) */
  constructor(random: () => number) {
    this.random = random;
  }

  /**
   * The disk as one process sees it.
   *
   * @param turn awaited before each operation and between the parts of a write; never resolves once the process is
   * dead, so that a kill leaves a torn file
   */
  mount(turn: (operation: string) => Promise<void>, options: Mount = {}): Disk {
    return mounted({ ...options, tree: this.tree, random: this.random, turn });
  }

  /** Cuts the power. The processes that have mounted the disk must be dead. */
  crash(): void {
    const fate = this.random();
    const luck = fate < extreme ? () => 0 : fate < 2 * extreme ? () => 1 - Number.EPSILON : this.random;
    this.tree.root.crash(luck);
  }

  durable(): Durable {
    const readings = (path: string): (Uint8Array | undefined)[] => {
      const parts = partsOf(path);
      const nodes = this.certainFolder(parts.slice(0, -1))?.after(parts.at(-1) ?? "") ?? [undefined];
      return [...nodes].map((node) => (node instanceof File ? node.certain : undefined));
    };
    return {
      readings,
      readFile(path) {
        const [only, ...others] = readings(path);
        return others.length === 0 ? only : undefined;
      },
      names: (path) => this.certainFolder(partsOf(path))?.certain.sort() ?? [],
    };
  }

  /** Finds a folder; every folder on the way must be certain to exist. */
  private certainFolder(parts: readonly string[]): Folder | undefined {
    return parts.reduce<Folder | undefined>((above, name) => {
      const [next, ...others] = above?.after(name) ?? [];
      return next instanceof Folder && others.length === 0 ? next : undefined;
    }, this.tree.root);
  }
}
