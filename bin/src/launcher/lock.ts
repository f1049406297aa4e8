/** runs/.launcher: one launcher for one runs folder, and where its actors are reached. */

import { existsSync, linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../exit.ts";
import { systemReason } from "../system-error.ts";
import { startOf } from "./proc.ts";

export interface Held {
  readonly pid: number;
  /** NATS's address, without a password; null if the run is within one process. */
  readonly url: string | null;
  /** The Unix socket where operators ask; null if they ask over NATS. */
  readonly socket: string | null;
  /** When the process started, in the kernel's own words, so that another one of the same id is told apart. */
  readonly started: string | null;
}

export interface Lock {
  release(): void;
}

/**
 * Takes the folder, before anything is started.
 *
 * @throws UsageError naming the launcher that has it, or why the folder cannot be written
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
    // A link appears with its contents, and only one of several processes makes it.
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

/** The live launcher of a runs folder; null where there is none, or only what a dead one left. */
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

/** A full disk leaves no empty file behind. */
function writeNew(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (error) {
    if (existsSync(path)) rmSync(path);
    throw error;
  }
}

/** Puts back what turned out to be a live launcher's: it took the folder between the look and the rename. */
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

/** Whether the process that wrote this still runs: one of the same id that started at another time is not it. */
export function isAlive({ pid, started }: Pick<Held, "pid" | "started">): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM: it is there, and someone else's.
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
