/**
 * A disk that does the worst that POSIX allows. A file and its name are apart, and each lasts only once it was synced:
 * after a crash what was not may be there wholly, in part, as it was before, or not at all. Names come back as after
 * the first few of a folder's operations. A failed sync may have lost what it was to keep; a full disk takes a part.
 */

import type { Disk } from "@memnet/service";
import { type Mount, mounted } from "./disk-mount.ts";
import { File, Folder } from "./disk-node.ts";
import { partsOf, Tree } from "./disk-tree.ts";

export type { Change, Mount, Trouble } from "./disk-mount.ts";

/** What certainly survives a crash. */
export interface Durable {
  /** What a file then begins with; undefined where the path may lead nowhere, or to one of several files. */
  readFile(path: string): Uint8Array | undefined;
  /** The same for each file that the path may lead to; undefined among it: to none. */
  readings(path: string): (Uint8Array | undefined)[];
  /** Of a folder, sorted. */
  names(path: string): string[];
}

/** Of crashes, those that take all that they may, and those that take nothing. */
const extreme = 1 / 8;

export class SimulatedDisk {
  private readonly tree = new Tree();
  private readonly random: () => number;

  /** @param random 0 … 1, without 1 */
  constructor(random: () => number) {
    this.random = random;
  }

  /**
   * A process's view.
   *
   * @param turn awaited before each operation and between the parts of a write: never resolved once the process is
   *             dead, so that a kill leaves a torn file
   */
  mount(turn: (operation: string) => Promise<void>, options: Mount = {}): Disk {
    return mounted({ ...options, tree: this.tree, random: this.random, turn });
  }

  /** Power fails; whoever has the disk mounted must be dead. */
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

  /** Each folder on the way must be certain itself. */
  private certainFolder(parts: readonly string[]): Folder | undefined {
    return parts.reduce<Folder | undefined>((above, name) => {
      const [next, ...others] = above?.after(name) ?? [];
      return next instanceof Folder && others.length === 0 ? next : undefined;
    }, this.tree.root);
  }
}
