/**
 * Checks tasks, which may be a user's own: their widths and each sequence, and before use some episodes of every size,
 * each made twice.
 */

import * as z from "zod";
import type { Batch } from "../batch.ts";
import { Draws, streams } from "../random/philox.ts";
import { bytesOf } from "../sha256.ts";
import {
  beyondSplits,
  bitNames,
  type Channels,
  fixed,
  frozen,
  longest,
  type Sequence,
  settingsText,
  shortest,
  type Task,
  type TaskSettings,
  taskSetting,
  taskSize,
} from "./task.ts";

/** The task is wrong, on every machine that has it. */
export class TaskError extends Error {
  /** The same in every thread and copy of the package, unlike the class. */
  override readonly name = "TaskError";
  /** Stable. */
  readonly code = "TASK";
}

/** Also recognizes an error from a thread, which keeps its name but not its class. */
export function isTaskError(error: unknown): error is Error {
  return error instanceof Error && error.name === "TaskError";
}

/**
 * The message if two machines, or two calls, get different sequences.
 *
 * @param task `it`, or `task parity`
 */
export function differingSequences(task: string): string {
  return `${task} gives different sequences for the same draws; it must depend on its settings and draws alone`;
}

/** The widths of an input and of an output vector. */
export interface Widths {
  readonly input: number;
  readonly output: number;
}

/** @throws TaskError if they are not whole numbers from 1 */
export function widthsOf(task: Task, settings: TaskSettings): Widths {
  return checkedWidths(task, frozen(settings));
}

/**
 * One sequence for each of these draws.
 *
 * @throws TaskError for the first one that cannot be used
 */
export function sequencesOf(
  task: Task,
  settings: TaskSettings,
  draws: readonly Draws[],
): Widths & { readonly made: Sequence[] } {
  const given = frozen(settings);
  const widths = checkedWidths(task, given);
  return { ...widths, made: draws.map((one) => checkedSequence(task, given, one, widths)) };
}

/**
 * The names of the task's channels.
 *
 * @throws TaskError unless there is a name for each channel
 */
export function channelsOf(task: Task, settings: TaskSettings): Channels {
  const given = frozen(settings);
  const { input, output } = checkedWidths(task, given);
  const numbers = { input: bitNames(input), output: bitNames(output) };
  const named: unknown = called(task, given, "channels", () =>
    task.channels ? task.channels(given) : numbers,
  );
  const rule = (name: string, width: number) =>
    refusal(task, given, `channels() must return ${width} string${width === 1 ? "" : "s"} as ${name}`);
  if (typeof named !== "object" || named === null) throw rule("input", input);
  for (const [name, width] of [
    ["input", input],
    ["output", output],
  ] as const) {
    const names: unknown = (named as Partial<Channels>)[name];
    if (!Array.isArray(names) || names.length !== width || names.some((one) => typeof one !== "string"))
      throw rule(name, width);
  }
  return named as Channels;
}

/**
 * The least loss that any model can expect on a batch, in nats, summed over its sequences.
 *
 * @throws TaskError unless it is a number from 0
 */
export function floorOf(task: Task, settings: TaskSettings, batch: Batch): number {
  const given = frozen(settings);
  const least: unknown = called(task, given, "floor", () => (task.floor ? task.floor(given, batch) : 0));
  if (typeof least === "number" && least >= 0 && least < Number.POSITIVE_INFINITY) return least;
  throw refusal(task, given, `floor() must return a number from 0, got ${shown(least)}`);
}

/**
 * Checks that a value has the parts of a task.
 *
 * @param what its name in the message, such as `./mine.ts as a task`
 * @throws TaskError naming the part that is missing
 */
export function taskFrom(value: unknown, what: string): Task {
  const refuse = (rule: string) => new TaskError(`Cannot use ${what}: ${rule}`);
  if (typeof value !== "object" || value === null) throw refuse(`it must be an object, got ${kindOf(value)}`);
  const task = value as Task;
  const wanted = {
    name: "a string",
    settings: "an object",
    beyond: "an object",
    input: "a function",
    output: "a function",
    sequence: "a function",
  } as const;
  for (const [key, kind] of Object.entries(wanted)) {
    const got = kindOf(task[key as keyof Task]);
    if (got !== kind) throw refuse(`task.${key} must be ${kind}, got ${got}`);
  }
  for (const key of ["channels", "floor"] as const) {
    if (task[key] !== undefined && typeof task[key] !== "function")
      throw refuse(`task.${key} must be a function, got ${kindOf(task[key])}`);
  }
  if (!/^[A-Za-z0-9-]{1,64}$/.test(task.name)) {
    throw refuse(`task.name must be at most 64 letters, digits and '-', got ${JSON.stringify(task.name)}`);
  }
  const sizes = z.array(taskSize);
  for (const [name, setting] of Object.entries(task.settings)) {
    if (taskSetting.safeParse(setting).success) continue;
    throw refuse(
      `task.settings.${name} must be a whole number from 1 or a range [lo, hi], got ${shown(setting)}`,
    );
  }
  for (const [name, values] of Object.entries(task.beyond)) {
    if (!Object.hasOwn(task.settings, name)) throw refuse(`task.beyond.${name} must be one of its settings`);
    if (!sizes.safeParse(values).success) {
      throw refuse(`task.beyond.${name} must be an array of whole numbers from 1, got ${shown(values)}`);
    }
  }
  return task;
}

/**
 * Tries a task before it is used. There is no deadline: a caller who fears a task that never returns uses a thread.
 *
 * @throws TaskError saying what is wrong
 */
export function checkTask(task: Task, settings: TaskSettings = task.settings): void {
  for (const sizes of trialSizes(task, settings)) tryTask(task, sizes);
}

/** Sizes to try: the settings themselves, both ends of each range, and sizes beyond training. */
export function trialSizes(task: Pick<Task, "beyond">, settings: TaskSettings): TaskSettings[] {
  const ranges = Object.entries(settings).flatMap(([name, value]) =>
    typeof value === "number" ? [] : value.map((size) => fixed(settings, name, size)),
  );
  const beyond = beyondSplits(task, settings).map((split) => split.settings);
  const all = [settings, shortest(settings), longest(settings), ...ranges, ...beyond];
  return [...new Map(all.map((sizes) => [settingsText(sizes), sizes])).values()];
}

/** Episodes to try of each size. */
const episodes = 8;

/**
 * Makes some episodes of one size twice from the same draws, the second time in the opposite order and at another time of
 * day, which exposes a counter or a clock.
 */
export function tryTask(task: Task, sizes: TaskSettings): void {
  const given = guarded(task, sizes);
  const widths = checkedWidths(task, given);
  const make = (episode: number) => {
    const draws = new Draws(1, streams.training, 0, episode);
    return checkedSequence(task, given, draws, widths);
  };
  const order = Array.from({ length: episodes }, (_, episode) => episode);
  const first = order.map((episode) => {
    const made = make(episode);
    return { made, copy: copyOf(made) };
  });
  const second = atAnotherTime(() => order.toReversed().map((episode) => copyOf(make(episode)))).reverse();
  for (const [episode, { made, copy }] of first.entries()) {
    if (!isSame(copy, second[episode]!)) throw refusal(task, sizes, differingSequences("it"));
    if (isSame(copy, made)) continue;
    const rule = "sequence() must return new arrays each time, got some that it had returned before";
    throw refusal(task, sizes, rule);
  }
  const { times, x, y, mask } = first[0]!.copy;
  channelsOf(task, given);
  floorOf(task, given, { times, sequences: 1, x, y, mask });
  const again = checkedWidths(task, given);
  if (again.input !== widths.input || again.output !== widths.output) {
    throw refusal(task, sizes, "input() and output() must return the same each time");
  }
}

function checkedWidths(task: Task, settings: TaskSettings): Widths {
  const widthOf = (of: "input" | "output") => {
    const width: unknown = called(task, settings, of, () => task[of](settings));
    if (Number.isSafeInteger(width) && (width as number) >= 1) return width as number;
    throw refusal(task, settings, `${of}() must return a whole number from 1, got ${shown(width)}`);
  };
  return { input: widthOf("input"), output: widthOf("output") };
}

function checkedSequence(task: Task, settings: TaskSettings, draws: Draws, widths: Widths): Sequence {
  const sequence: unknown = called(task, settings, "sequence", () => task.sequence(settings, draws));
  const fault = faultOf(sequence, widths);
  if (fault !== undefined) throw refusal(task, settings, `sequence() must return ${fault}`);
  return sequence as Sequence;
}

/** What a sequence should be and what it is; undefined if it can be used. */
function faultOf(sequence: unknown, { input, output }: Widths): string | undefined {
  if (typeof sequence !== "object" || sequence === null || Array.isArray(sequence) || "then" in sequence) {
    return `{ times, x, y, mask }, got ${kindOf(sequence)}`;
  }
  const { times, x, y, mask } = sequence as Sequence;
  if (!Number.isSafeInteger(times) || times < 1) return `times as a whole number from 1, got ${shown(times)}`;
  const parts = [
    ["x", x, input],
    ["y", y, output],
    ["mask", mask, 1],
  ] as const;
  for (const [name, values, width] of parts) {
    if (!(values instanceof Float32Array)) return `${name} as a Float32Array, got ${kindOf(values)}`;
    if (values.length !== times * width) {
      return `${name} with ${times * width} numbers (${times} times × ${width}), got ${values.length}`;
    }
  }
  const wrongX = firstOutside(x, -Number.MAX_VALUE, Number.MAX_VALUE);
  if (wrongX >= 0) return `finite numbers in x, got ${at(x, wrongX, input)}`;
  const wrongY = firstOutside(y, 0, 1);
  if (wrongY >= 0) return `targets from 0 to 1 in y, got ${at(y, wrongY, output)}`;
  let counts = 0;
  for (let time = 0; time < times; time++) {
    const value = mask[time]!;
    if (value === 1) counts++;
    else if (value !== 0) return `0 or 1 in mask, got ${at(mask, time, 1)}`;
  }
  return counts > 0 ? undefined : "a mask that is 1 where an output counts, got 0 at every time";
}

/** The index of the first number that is not from lo to hi, as NaN never is; −1 if there is none. */
function firstOutside(values: Float32Array, lo: number, hi: number): number {
  // `findIndex` would make an object of each number.
  for (let index = 0; index < values.length; index++)
    if (!(values[index]! >= lo && values[index]! <= hi)) return index;
  return -1;
}

function at(values: Float32Array, place: number, width: number): string {
  const where = width === 1 ? "" : `, place ${place % width}`;
  return `${values[place]} at time ${Math.floor(place / width)}${where}`;
}

function called<T>(task: Task, settings: TaskSettings, name: string, call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (isTaskError(cause)) throw cause;
    throw refusal(task, settings, `${name}() must not throw, and threw ${thrown(cause)}`, { cause });
  }
}

function refusal(task: Task, settings: TaskSettings, rule: string, options?: ErrorOptions): TaskError {
  const sizes = settingsText(settings);
  return new TaskError(`Cannot use task ${task.name}: ${rule}${sizes === "" ? "" : ` (${sizes})`}`, options);
}

/** Settings that throw if a task writes into them, even in sloppy mode. */
function guarded(task: Task, settings: TaskSettings): TaskSettings {
  const refuse = (_target: unknown, key: string | symbol): never => {
    throw refusal(
      task,
      settings,
      `it must not write into the settings it is given, and wrote ${String(key)}`,
    );
  };
  const traps = { set: refuse, deleteProperty: refuse };
  const entries = Object.entries(settings).map(([name, value]) => [
    name,
    typeof value === "number" ? value : new Proxy([...value], traps),
  ]);
  return new Proxy(Object.fromEntries(entries), traps);
}

/** More than a year, an hour, a minute, a second and a millisecond, so that every part of a date differs. */
const otherTimeMs = 400 * 86_400_000 + 3_661_001;

/** Calls a synchronous function, which sees another time of day. */
function atAnotherTime<T>(call: () => T): T {
  const Clock = globalThis.Date;
  const now = () => Clock.now() + otherTimeMs;
  globalThis.Date = new Proxy(Clock, {
    apply: () => new Clock(now()).toString(),
    construct: (target, args, made) => Reflect.construct(target, args.length === 0 ? [now()] : args, made),
    get: (target, key) => (key === "now" ? now : Reflect.get(target, key)),
  });
  try {
    return call();
  } finally {
    globalThis.Date = Clock;
  }
}

function copyOf({ times, x, y, mask }: Sequence): Sequence {
  return { times, x: x.slice(), y: y.slice(), mask: mask.slice() };
}

function isSame(one: Sequence, other: Sequence): boolean {
  return (["x", "y", "mask"] as const).every((part) => {
    const [bytes, others] = [bytesOf(one[part]), bytesOf(other[part])];
    return bytes.length === others.length && bytes.every((byte, index) => byte === others[index]);
  });
}

/** The kind of a value in words: `a Promise`, `undefined`, `a number`. */
function kindOf(value: unknown): string {
  if (value === undefined || value === null) return String(value);
  const name = typeof value === "object" ? (value.constructor?.name ?? "Object") : typeof value;
  if (name === "Object") return "an object";
  return /^[AEIOU]/i.test(name) ? `an ${name}` : `a ${name}`;
}

function shown(value: unknown): string {
  if (typeof value === "number") return String(value);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return kindOf(value);
  return JSON.stringify(value) ?? kindOf(value);
}

function thrown(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
