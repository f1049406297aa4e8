/** Resolves paths on a simulated disk, with Node.js's errors for paths that lead nowhere. */

import { posix } from "node:path";
import { File, Folder, type Node } from "./disk-node.ts";

export class Tree {
  readonly root = new Folder();

  /** Undefined if the path leads nowhere. @throws ENOTDIR if a file is on the way */
  find(path: string): Node | undefined {
    let node: Node | undefined = this.root;
    for (const name of partsOf(path)) {
      if (node instanceof File) throw failure("ENOTDIR", path);
      node = node?.entries.get(name);
    }
    return node;
  }

  /** Reports whether the path leads to this node, which may have been moved. */
  isAt(path: string, node: Node): boolean {
    const at = partsOf(path).reduce<Node | undefined>(
      (above, name) => (above instanceof Folder ? above.entries.get(name) : undefined),
      this.root,
    );
    return at === node;
  }

  /** Every path that leads to this node. */
  paths(node: Node, within = this.root, above = ""): string[] {
    return [...within.entries].flatMap(([name, one]) => [
      ...(one === node ? [`${above}/${name}`] : []),
      ...(one instanceof Folder ? this.paths(node, one, `${above}/${name}`) : []),
    ]);
  }

  /** @throws ENOENT, ENOTDIR */
  existing(path: string): Node {
    const node = this.find(path);
    if (!node) throw failure("ENOENT", path);
    return node;
  }

  /** @throws ENOENT, ENOTDIR, EISDIR */
  file(path: string): File {
    const node = this.existing(path);
    if (node instanceof Folder) throw failure("EISDIR", path);
    return node;
  }

  /** @throws ENOENT, ENOTDIR */
  folder(path: string): Folder {
    const node = this.existing(path);
    if (node instanceof File) throw failure("ENOTDIR", path);
    return node;
  }

  /** The folder that contains, or would contain, a path's last name. @throws ENOENT, ENOTDIR, EBUSY for the root */
  locate(path: string): { readonly folder: Folder; readonly name: string } {
    const name = partsOf(path).at(-1);
    if (name === undefined) throw failure("EBUSY", path);
    return { folder: this.folder(posix.dirname(posix.normalize(path))), name };
  }
}

export function partsOf(path: string): string[] {
  return posix
    .normalize(path)
    .split("/")
    .filter((part) => part !== "" && part !== ".");
}

export function failure(code: string, path: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: ${path}`), { code, path });
}
