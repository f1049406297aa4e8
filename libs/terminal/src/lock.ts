/** The file runs/.launcher: it gives a runs folder to one launcher, and says where its actors can be reached. */

import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "./exit.ts";
import { startOf } from "./proc.ts";
import { systemReason } from "./system-error.ts";

export interface Held {
  readonly pid: number;
  /** NATS's address without a password; null if the run stays within one process. */
  readonly url: string | null;
  /** The Unix socket for operators; null if they use NATS. */
  readonly socket: string | null;
  /** The start time of the process in the kernel's format, which tells it from a later process with the same id. */
  readonly started: string | null;
}

export interface Lock {
  release(): void;
}

/**
 * Locks the runs folder, before anything is started.
 *
 * @throws UsageError naming the launcher that holds it, or why the folder cannot be written
 */
export async function takeLock(runsDir: string, where: Pick<Held, "url" | "socket">): Promise<Lock> {
  const path = lockPath(runsDir);
  const own: Held = { pid: process.pid, ...where, started: startOf(process.pid) };
  const text = `${JSON.stringify(own)}\n`;
  const temporary = `${path}.${process.pid}`;
  try {
    const { systemDisk } = await import("@memnet/service");
    await systemDisk.mkdir(runsDir);
    writeNew(temporary, text);
  } catch (cause) {
    const rule = "the runs folder must be one that can be written";
    throw new UsageError(
      `Cannot start in ${runsDir}: ${rule}, and ${systemReason(cause)}; --runs-dir names another`,
      {
        cause,
      },
    );
  }
  try {
    // A hard link appears together with its contents, and only one of several processes can create it.
    for (let attempt = 0; !linked(temporary, path); attempt++) {
      const holder = readLock(runsDir);
      if (holder || attempt > 10) throw refusal(runsDir, holder);
      setAsideStale(path);
    }
  } finally {
    rmSync(temporary, { force: true });
  }
  return {
    release() {
      if (readText(path) === text) rmSync(path, { force: true });
    },
  };
}

/** Returns the live launcher of a runs folder; null if there is none, or only the file of a dead one. */
export function readLock(runsDir: string): Held | null {
  const held = parse(readText(lockPath(runsDir)));
  return held && isAlive(held) ? held : null;
}

function refusal(runsDir: string, holder: Held | null): UsageError {
  const over = holder?.url ? `, over NATS at ${holder.url}` : "";
  const who = holder ? `process ${holder.pid}${over}` : "one that is just starting";
  return new UsageError(
    `Cannot start in ${runsDir}: a runs folder has one launcher at a time, and has one: ${who}`,
  );
}

/** Writes a new file. If the disk is full, no empty file remains. */
function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    if (existsSync(path)) rmSync(path);
    throw error;
  }
}

/** Moves a stale lock away. If it turns out to belong to a launcher that took the folder in between, it is put back. */
function setAsideStale(path: string): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  const held = parse(readText(aside));
  if (held && isAlive(held)) linked(aside, path);
  rmSync(aside, { force: true });
}

function linked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/**
 * Reports whether the process that wrote this still runs. A process with the same id but another start time is not it.
 */
export function isAlive({ pid, started }: Pick<Held, "pid" | "started">): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: the process exists and belongs to another user.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = startOf(pid);
  return started === null || now === null || now === started;
}

function parse(text: string | null): Held | null {
  if (text === null) return null;
  try {
    const { pid, ...rest } = JSON.parse(text) as Partial<Record<keyof Held, unknown>>;
    if (!Number.isInteger(pid) || (pid as number) < 1) return null;
    const textOr = (value: unknown) => (typeof value === "string" ? value : null);
    const { url, socket, started } = rest;
    return { pid: pid as number, url: textOr(url), socket: textOr(socket), started: textOr(started) };
  } catch {
    return null;
  }
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

function lockPath(runsDir: string): string {
  return join(runsDir, ".launcher");
}
