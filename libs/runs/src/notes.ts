/** A person's note on a run, and its tags: a file in the run's folder, which decides nothing. */

import { type Disk, writeDurably } from "@memnet/service/disk";
import type { RunPaths } from "./paths.ts";
import { parsed, readIfThere } from "./run-files.ts";

export const noteCharactersMax = 2000;
export const tagsMax = 16;

/** A tag is one word, so that it can be typed, searched for and put in an address. */
export const tagPattern = /^[\p{L}\p{N}._-]{1,32}$/u;

export interface Note {
  readonly text: string;
  /** In the order in which they were added. */
  readonly tags: readonly string[];
}

export const noNote: Note = { text: "", tags: [] };

/** Reads a run's note; what cannot be read is left out. */
export async function readNote(disk: Disk, paths: RunPaths): Promise<Note> {
  const { text, tags } = parsed(await readIfThere(disk, paths.note)) ?? {};
  const isTag = (tag: unknown): tag is string => typeof tag === "string" && tagPattern.test(tag);
  return {
    text: typeof text === "string" ? text.slice(0, noteCharactersMax) : "",
    tags: Array.isArray(tags) ? [...new Set(tags.filter(isTag))].slice(0, tagsMax) : [],
  };
}

/** Writes a run's note in place of the one before. An empty one is removed. */
export async function writeNote(disk: Disk, paths: RunPaths, { text, tags }: Note): Promise<void> {
  if (text === "" && tags.length === 0) return disk.rm(paths.note);
  const json = `${JSON.stringify({ text, tags }, null, 2)}\n`;
  await writeDurably(disk, paths.note, new TextEncoder().encode(json));
}
