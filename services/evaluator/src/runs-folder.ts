/**
 * The runs folder, and the fence that lets only the evaluator of the highest generation write to it.
 *
 * Every durable file is made under .work-N and renamed from there; whatever is removed is renamed to there first. A
 * newer evaluator begins by renaming that folder away, so a rename by an older one fails even if it slept between its
 * last check and the rename. Appending is safe as well: a newer evaluator replaces a file before it reads it for the
 * last time (see RunFolder.takeUp), and an older one opens the file first, then checks its generation, and only then
 * writes.
 */

import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { diskCode, numbersOf, textOf } from "@memnet/runs";
import type { Disk, DiskEntry } from "@memnet/service";
import { FencedError } from "./errors.ts";

/** A competing evaluator takes at most one generation for each of its own attempts. */
const attemptsMax = 100;

/**
 * How many older generations keep their numbers taken, so that an evaluator that slept just before taking one does not
 * find it free again. By the time this many others have come and gone, it has slept for hours.
 */
const generationsTaken = 100;

const folderIdPattern = /^[0-9a-f]{32}$/;

/** Returns the folder's own id, which is created once. */
export async function folderId(disk: Disk, root: string): Promise<string> {
  await makeFolder(disk, root);
  const path = join(root, ".id");
  const made = randomBytes(16).toString("hex");
  try {
    await disk.createExclusive(path, bytesOf(`${made}\n`));
    await disk.syncFile(path);
    await disk.syncFolder(root);
  } catch (error) {
    if (diskCode(error) !== "EEXIST") throw error;
  }
  const found = textOf(await disk.readFile(path)).trim();
  if (folderIdPattern.test(found)) return found;
  // The file was torn by a crash, or its creator sleeps. Write another file, which that process does not write to.
  const temporary = `${path}.${made}`;
  await disk.writeFile(temporary, bytesOf(`${made}\n`));
  await disk.syncFile(temporary);
  await disk.rename(temporary, path);
  await disk.syncFolder(root);
  return made;
}

/** Creates a folder and its missing parents durably, even if a process that was killed created them. */
async function makeFolder(disk: Disk, path: string): Promise<void> {
  const made: string[] = [path];
  for (let at = path; !(await disk.stat(at)); at = dirname(at)) made.push(dirname(at));
  await disk.mkdir(path);
  for (const one of made) await disk.syncFolder(dirname(one));
}

export class RunsFolder {
  readonly disk: Disk;
  readonly root: string;
  readonly generation: number;
  private readonly work: string;
  private nextTemporary = 0;
  /** Folders that may exist without being durable, because a rename or sync failed. No client was told of them. */
  private readonly unsure = new Set<string>();

  private constructor(disk: Disk, root: string, generation: number) {
    this.disk = disk;
    this.root = root;
    this.generation = generation;
    this.work = join(root, `.work-${generation}`);
  }

  /** Takes the next generation, which fences all earlier ones. */
  static async take(disk: Disk, root: string): Promise<RunsFolder> {
    for (let attempt = 0; attempt < attemptsMax; attempt++) {
      const highest = (await generationsIn(disk, root)).at(-1) ?? 0;
      const folder = new RunsFolder(disk, root, highest + 1);
      try {
        await disk.createExclusive(folder.generationPath(0), bytesOf(""));
      } catch (error) {
        if (diskCode(error) === "EEXIST") continue;
        throw error;
      }
      await disk.syncFolder(root);
      await disk.mkdir(folder.work);
      await folder.check();
      await folder.clear();
      return folder;
    }
    throw new Error(`Cannot take a generation of ${root}: ${attemptsMax} attempts found theirs taken`);
  }

  /**
   * Checks that this generation is the newest.
   *
   * @throws FencedError once there is a higher generation
   */
  async check(): Promise<void> {
    const [own, next] = await Promise.all([
      this.disk.stat(this.generationPath(0)),
      this.disk.stat(this.generationPath(1)),
    ]);
    if (!own || next) throw new FencedError(this.root, this.generation);
  }

  /** Writes a file atomically. It is durable once the promise resolves. */
  async replace(path: string, bytes: Uint8Array): Promise<void> {
    const temporary = this.temporary(basename(path));
    await this.guarded(async () => {
      try {
        await this.disk.writeFile(temporary, bytes);
        await this.disk.syncFile(temporary);
        await this.check();
        await this.disk.rename(temporary, path);
      } catch (error) {
        // Make room for the next attempt; leftovers are cleared at the next start.
        await this.disk.rm(temporary).catch(() => {});
        throw error;
      }
      await this.disk.syncFolder(dirname(path));
    });
  }

  /** Makes a folder elsewhere by calling `fill`, then moves it to `path` atomically. */
  async putFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
    const temporary = this.temporary(basename(path));
    await this.guarded(async () => {
      if (this.unsure.has(path)) await this.discard(path);
      this.unsure.delete(path);
      try {
        await this.disk.mkdir(temporary);
        await fill(temporary);
        await this.disk.syncFolder(temporary);
        await this.check();
        this.unsure.add(path);
        await this.disk.rename(temporary, path);
      } catch (error) {
        // The rename may have taken effect despite an input/output error.
        if (await this.disk.stat(temporary).catch(() => undefined)) this.unsure.delete(path);
        await this.disk.rm(temporary).catch(() => {});
        throw error;
      }
      await this.disk.syncFolder(dirname(path));
      this.unsure.delete(path);
    });
  }

  /** @param sync whether the bytes are durable once the promise resolves */
  async append(path: string, bytes: Uint8Array, sync: boolean): Promise<void> {
    const file = await this.disk.openAppend(path);
    try {
      await this.check();
      await file.write(bytes);
      if (sync) await file.sync();
    } finally {
      await file.close();
    }
  }

  /**
   * Creates a file. Once the promise resolves, the file is durable and this evaluator was not fenced.
   *
   * @throws EEXIST if the path is taken
   */
  async create(path: string, bytes: Uint8Array): Promise<void> {
    await this.check();
    await this.disk.createExclusive(path, bytes);
    await this.disk.syncFile(path);
    await this.disk.syncFolder(dirname(path));
    await this.check();
  }

  /** @throws ENOENT if there is nothing at `from` */
  async move(from: string, to: string): Promise<void> {
    const taken = await this.takeOut(from);
    await this.guarded(() => this.disk.rename(taken, to));
    await this.disk.syncFolder(dirname(to));
    await this.disk.syncFolder(dirname(from));
  }

  /** Removes a file or folder, if there is one. */
  async remove(path: string): Promise<void> {
    try {
      await this.disk.rm(await this.takeOut(path));
    } catch (error) {
      if (diskCode(error) !== "ENOENT") throw error;
    }
  }

  /** Removes a folder atomically: its contents are deleted only after its name is durably gone. */
  async discard(path: string): Promise<void> {
    try {
      const taken = await this.takeOut(path);
      await this.disk.syncFolder(dirname(path));
      await this.disk.rm(taken);
    } catch (error) {
      if (diskCode(error) !== "ENOENT") throw error;
    }
  }

  /** Moves a path out of sight into the work folder, which a fenced evaluator no longer has. */
  private async takeOut(path: string): Promise<string> {
    const temporary = this.temporary(basename(path));
    await this.check();
    await this.guarded(() => this.disk.rename(path, temporary));
    return temporary;
  }

  /** Returns the names of the folders that may be runs, without links and files. */
  async folders(): Promise<string[]> {
    const entries = await this.entries();
    return entries.filter(({ isFolder, name }) => isFolder && !name.startsWith(".")).map(({ name }) => name);
  }

  /** Returns all names in the folder. */
  async names(): Promise<Set<string>> {
    return new Set((await this.entries()).map(({ name }) => name));
  }

  private async entries(): Promise<DiskEntry[]> {
    const entries = await this.disk.readdir(this.root);
    return entries.filter(({ name }) => !this.unsure.has(join(this.root, name)));
  }

  private temporary(name: string): string {
    this.nextTemporary++;
    return join(this.work, `${this.nextTemporary}-${name}`);
  }

  private generationPath(after: number): string {
    return join(this.root, `.generation-${this.generation + after}`);
  }

  /** Turns a missing work folder into a FencedError. */
  private async guarded(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (diskCode(error) === "ENOENT") await this.check();
      throw error;
    }
  }

  /** Takes away the work folders of older generations, then removes what they and crashes left behind. */
  private async clear(): Promise<void> {
    for (const { name } of await this.disk.readdir(this.root)) {
      const older = /^\.work-(\d{1,15})$/.exec(name)?.[1];
      if (older !== undefined && Number(older) < this.generation) {
        const aside = join(this.root, `.fenced-${older}-${this.generation}`);
        try {
          await this.disk.rename(join(this.root, name), aside);
        } catch (error) {
          // Another evaluator has taken it away, so one of the two is fenced.
          if (diskCode(error) !== "ENOENT") throw error;
          await this.check();
        }
      }
    }
    await this.disk.syncFolder(this.root);
    const entries = await this.disk.readdir(this.root);
    const left = entries.map(({ name }) => name).filter((name) => /^\.(fenced|removed)-/.test(name));
    for (const name of left) await this.disk.rm(join(this.root, name));
    // Remove the lowest first: an evaluator whose own file is gone is fenced, whichever others exist.
    for (const generation of await generationsIn(this.disk, this.root)) {
      if (generation < this.generation - generationsTaken)
        await this.disk.rm(join(this.root, `.generation-${generation}`));
    }
  }
}

async function generationsIn(disk: Disk, root: string): Promise<number[]> {
  const entries = await disk.readdir(root);
  return numbersOf(
    entries.map(({ name }) => name),
    /^\.generation-(\d{1,15})$/,
  );
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
