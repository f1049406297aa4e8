/** Decides which processes grow without bound, and prints what all of them took. Pure. */

import { table } from "@memnet/terminal";
import type { Vitals } from "./vitals.ts";

export interface Sample extends Vitals {
  /** Since the beginning of the watch. */
  readonly minute: number;
}

/** All samples of a process, which may have been restarted in between: each life has another process ID. */
export type Course = readonly Sample[];

/** V8 sizes its heap, and compiles and caches, in the first minutes of a process with steady work. */
const settlingMinutes = 10;
/** Shorter lives are not judged: too little time to tell growth that ends from growth that does not. */
const judgedMinutes = 20;
/**
 * A leak adds as much in each third of the time. Each rise must be more than this: a heap keeps some garbage, and a
 * connection that is cut has an old and a new handle for a while.
 */
const rises = { residentMiB: 6, handles: 4 } as const;

/**
 * Lists the processes that grow without bound: in a life whose first minutes do not count, the least of each third is
 * well above the least of the third before. The least value of many is what is in use, since garbage comes and goes.
 */
export function growing(courses: ReadonlyMap<string, Course>): string[] {
  const found: string[] = [];
  for (const [name, course] of courses) {
    for (const life of livesIn(course)) {
      for (const [what, rise] of Object.entries(rises) as [keyof typeof rises, number][]) {
        const lows = lowsOf(life, what);
        if (!lows?.every((low, index) => index === 0 || low - lows[index - 1]! > rise)) continue;
        const figures = lows.map((low) => low.toFixed(0)).join(", ");
        const unit = what === "handles" ? "open handles" : "MiB of resident memory";
        found.push(
          `${name} grows: it had at least ${figures} ${unit} in three parts of ${minutesOf(life).toFixed(0)} minutes`,
        );
      }
    }
  }
  return found;
}

/** The least value in each third of a life; undefined if the life is too short. */
function lowsOf(life: Course, what: keyof typeof rises): number[] | undefined {
  const begun = life[0]!.minute + settlingMinutes;
  const length = life.at(-1)!.minute - begun;
  if (length < judgedMinutes) return undefined;
  const thirds: number[][] = [[], [], []];
  for (const sample of life) {
    const third = Math.min(2, Math.floor((3 * (sample.minute - begun)) / length));
    if (third >= 0) thirds[third]!.push(sample[what]);
  }
  return thirds.every((values) => values.length > 0)
    ? thirds.map((values) => Math.min(...values))
    : undefined;
}

function livesIn(course: Course): Course[] {
  const lives: Sample[][] = [];
  for (const sample of course) {
    if (lives.at(-1)?.at(-1)?.pid === sample.pid) lives.at(-1)!.push(sample);
    else lives.push([sample]);
  }
  return lives;
}

function minutesOf(life: Course): number {
  return life.at(-1)!.minute - life[0]!.minute;
}

/** The columns of the tables. */
const shownMinutes = [1, 10, 30, 60] as const;

/**
 * Formats what each process took at each of the minutes, and the disk.
 *
 * @param disk mebibytes of the runs folder, by minute
 */
export function growthTable(
  courses: ReadonlyMap<string, Course>,
  disk: readonly (readonly [number, number])[],
): string {
  const last = Math.max(0, ...disk.map(([minute]) => minute));
  const minutes = [...shownMinutes.filter((minute) => minute <= last), ...(last % 1 > 0 ? [last] : [])];
  const head = (first: string) => [first, ...minutes.map((minute) => `>${figure(minute)} min`)];
  const takes = [...courses].map(([name, course]) => [
    name,
    ...minutes.map((minute) => {
      const at = sampleAt(course, minute);
      if (!at) return "–";
      const heap = at.heapMiB === null ? "" : ` / ${at.heapMiB.toFixed(0)}`;
      // The number of the life tells a process that grew from one that was just started.
      const number = livesIn(course.filter((sample) => sample.minute <= at.minute)).length;
      return `${at.residentMiB.toFixed(0)}${heap} / ${at.handles}${number > 1 ? ` (${number}.)` : ""}`;
    }),
  ]);
  const folder = [
    "runs folder, MiB",
    ...minutes.map((minute) => disk.findLast(([at]) => at <= minute)![1].toFixed(1)),
  ];
  const queues = [...courses].flatMap(([name, course]) => queueRows(name, course, minutes));
  return [
    table(head("MiB resident / heap / handles"), [...takes, folder]),
    table([...head("longest queues"), ">most"], queues),
  ].join("\n\n");
}

/** The queues that were ever used, at each of the minutes. */
function queueRows(name: string, course: Course, minutes: readonly number[]): string[][] {
  const names = new Set(course.flatMap(({ queues }) => Object.keys(queues)));
  return [...names].flatMap((queue) => {
    const most = Math.max(...course.map(({ queues }) => queues[queue] ?? 0));
    if (most === 0) return [];
    const at = minutes.map((minute) => {
      const answered = course.filter(({ queues }) => queue in queues);
      return String(sampleAt(answered, minute)?.queues[queue] ?? "–");
    });
    return [[`${name} ${queue}`, ...at, String(most)]];
  });
}

function sampleAt(course: Course, minute: number): Sample | undefined {
  return course.findLast((sample) => sample.minute <= minute);
}

function figure(minute: number): string {
  return Number.isInteger(minute) ? String(minute) : minute.toFixed(1);
}
