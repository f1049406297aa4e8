/** Checks whether all that an evaluator does in the runs folder works. Only an evaluator's machine needs the folder. */

import type { StatsFs } from "node:fs";
import { link, mkdtemp, open, rename, rm, stat, statfs } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { systemReason } from "@memnet/terminal";
import { memnetCommand } from "../shell.ts";
import { doubtful, type Finding, failed, well } from "./finding.ts";
import { megabytes } from "./limits.ts";

/** Room for about a hundred checkpoints of the presets' models with their optimizer state. */
const freeBytesMin = 2 ** 30;

/** How far the disk's clock may differ from this machine's; writing takes less than this. */
const clockSkewMsMax = 5000;

/** Names of the file systems, by Linux's magic numbers. */
const fileSystems: ReadonlyMap<number, string> = new Map([
  [0x1021994, "tmpfs"],
  [0x858458f6, "ramfs"],
  [0xef53, "ext4"],
  [0x58465342, "xfs"],
  [0x9123683e, "btrfs"],
  [0x2fc12fc1, "zfs"],
  [0x794c7630, "overlay"],
  [0x6969, "NFS"],
  [0xff534d42, "CIFS"],
  [0xfe534d42, "SMB"],
  [0x65735546, "FUSE"],
  [0xc36400, "Ceph"],
  [0x1021997, "9p"],
]);

/** File systems whose contents are lost when the machine or the container ends. */
const passing = new Set(["tmpfs", "ramfs", "overlay"]);

export async function folderFindings(folder: string): Promise<Finding[]> {
  const path = resolve(folder);
  try {
    if (!(await exists(path))) return await absent(path);
    if (!(await stat(path)).isDirectory()) throw new Error("it is a file");
    return [writableFinding(path, await tryWriting(path)), spaceFinding(await statfs(path))];
  } catch (error) {
    return [unusable(path, error)];
  }
}

/** Checks the folder where a launcher writes files that only its services read, such as the run's configuration. */
export async function temporaryFinding(folder: string): Promise<Finding> {
  const check = "temporary";
  try {
    const { syncMs } = await tryWriting(folder);
    return well(check, `${folder} can be written, and syncs in ${syncMs.toFixed(1)} ms`);
  } catch (error) {
    const text = `${folder} cannot be written: ${systemReason(error)}`;
    return doubtful(check, text, "`memnet train` needs one: set TMPDIR to a folder that this user can write");
  }
}

/** Reports on a folder that does not exist: it is created when first needed, if its nearest parent is writable. */
async function absent(path: string): Promise<Finding[]> {
  let above = dirname(path);
  while (!(await exists(above))) above = dirname(above);
  await tryWriting(above);
  const text = `${path} does not exist yet, and can be made`;
  return [well("runs folder", text), spaceFinding(await statfs(above))];
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return false;
      throw error;
    },
  );
}

/** Pure. */
export function writableFinding(path: string, { syncMs, skewMs }: Written): Finding {
  const check = "runs folder";
  if (Math.abs(skewMs) <= clockSkewMsMax) {
    return well(check, `${path} can be written, and syncs in ${syncMs.toFixed(1)} ms`);
  }
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  const side = skewMs > 0 ? "ahead of" : "behind";
  const text = `${path} can be written; its disk's clock is ${seconds} s ${side} this machine's`;
  return doubtful(check, text, "set both by NTP");
}

function unusable(path: string, error: unknown): Finding {
  const text = `${path} cannot be used by an evaluator: ${systemReason(error)}`;
  return failed(
    "runs folder",
    text,
    "give it to this user, mount it writable, or name another by --runs-dir",
  );
}

/** Reports how much space is free, and on what file system. Pure. */
export function spaceFinding({ type, bsize, bavail }: Pick<StatsFs, "type" | "bsize" | "bavail">): Finding {
  const free = bsize * bavail;
  const system = fileSystems.get(type) ?? `file system 0x${type.toString(16)}`;
  const text = `${megabytes(free)} free, on ${system}`;
  if (free < freeBytesMin)
    return doubtful(
      "disk",
      text,
      `checkpoints need room; \`${memnetCommand(["runs", "rm"])} RUN\` makes some`,
    );
  if (passing.has(system)) return doubtful("disk", text, "what lies there may not outlast a restart");
  return well("disk", text);
}

/** The result of trying to write. */
interface Written {
  readonly syncMs: number;
  /** How far the disk's clock is ahead of this machine's. */
  readonly skewMs: number;
}

/** Does what a launcher and an evaluator do: creates, writes, syncs, links and renames a file, and syncs the folder. */
async function tryWriting(folder: string): Promise<Written> {
  const own = await mkdtemp(join(folder, ".doctor-"));
  try {
    const [first, second, third] = [join(own, "1"), join(own, "2"), join(own, "3")] as const;
    const begun = performance.now();
    await synced(first, "wx");
    const syncMs = performance.now() - begun;
    const skewMs = (await stat(first)).mtimeMs - Date.now();
    await link(first, second);
    await rename(second, third);
    await synced(own, "r");
    return { syncMs, skewMs };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** Syncs a new file with some content, or an existing folder. */
async function synced(path: string, how: "wx" | "r"): Promise<void> {
  await using file = await open(path, how);
  if (how === "wx") await file.write("memnet doctor\n");
  await file.sync();
}
