/** A folder of event files. Each process writes a file of its own there, and no event that is there already. */

import { appendFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readEvent, versionEvent, type WrittenEvent } from "./events.ts";
import { record, recordsIn } from "./records.ts";

const pattern = /^events\.out\.tfevents\.(\d+)\.memnet$/;

export class EventFolder {
  readonly path: string;
  /** When the run began whose events are here, in seconds since 1970; null if there are none. */
  readonly begun: number | null;
  /** The steps of events, by their first tag. */
  private readonly steps = new Map<string, Set<number>>();
  private readonly number: number;
  private isBegun = false;
  private waiting: Uint8Array[] = [];

  /** Reads what the folder has. It need not exist. */
  constructor(path: string) {
    this.path = path;
    const files = numbersIn(path);
    let begun: number | null = null;
    for (const number of files) {
      for (const event of recordsIn(readFileSync(this.file(number)))) {
        const written = readEvent(event);
        begun ??= written.begun;
        this.note(written);
      }
    }
    this.begun = begun;
    // TensorBoard reads files in the order of their names, and does not return to an earlier one.
    this.number = Math.max(Math.floor(Date.now() / 1000), (files.at(-1) ?? 0) + 1);
  }

  has(tag: string, step: number): boolean {
    return this.steps.get(tag)?.has(step) ?? false;
  }

  /** Adds an event, unless it has no figures or its first tag has an event of that step. */
  add(event: Uint8Array): void {
    const written = readEvent(event);
    if (written.tag === undefined || this.has(written.tag, written.step)) return;
    this.note(written);
    this.waiting.push(record(event));
  }

  /** Writes the added events to the disk. */
  flush(): void {
    if (this.waiting.length === 0) return;
    mkdirSync(this.path, { recursive: true });
    const head = this.isBegun ? [] : [record(versionEvent(Date.now() / 1000))];
    appendFileSync(this.file(this.number), Buffer.concat([...head, ...this.waiting]));
    this.isBegun = true;
    this.waiting = [];
  }

  private note({ step, tag }: WrittenEvent): void {
    if (tag === undefined) return;
    const known = this.steps.get(tag);
    if (known) known.add(step);
    else this.steps.set(tag, new Set([step]));
  }

  private file(number: number): string {
    return join(this.path, `events.out.tfevents.${String(number).padStart(10, "0")}.memnet`);
  }
}

/** Returns the numbers of the files, ascending; none without the folder. */
function numbersIn(path: string): number[] {
  let names: string[];
  try {
    names = readdirSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  return names.flatMap((name) => Number(pattern.exec(name)?.[1] ?? [])).sort((a, b) => a - b);
}
