/** Reads what a process takes from its machine: memory, open handles, and how long its queues are. */

import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface Vitals {
  readonly pid: number;
  readonly residentMiB: number;
  readonly handles: number;
  /** Null if the process did not answer at that moment. */
  readonly heapMiB: number | null;
  /** The lengths of its queues by the metric's name; empty if the process did not answer. */
  readonly queues: Readonly<Record<string, number>>;
}

/** What a process itself tells. */
export type Inside = Pick<Vitals, "heapMiB" | "queues">;

/** The metrics that are lengths of queues, without memnet_. Each of them is bounded. */
const queueMetrics: ReadonlySet<string> = new Set([
  "batches_ahead",
  "bus_unanswered_requests",
  "bus_unsent_bytes",
  "evaluations_due",
  "journal_waiting",
  "questions_under_way",
  "run_requests_waiting",
  "snapshots_waiting",
]);

const mebibyte = 2 ** 20;
/** A process that is stopped or busy does not answer. It is asked again soon enough. */
const answerMs = 1000;
/** A process says where its metrics are in its first lines. */
const firstWordsMax = 65_536;

/** @returns undefined if the process has ended, or this system has no /proc */
export async function vitalsOf(
  pid: number | undefined,
  inside: () => Promise<Inside>,
): Promise<Vitals | undefined> {
  if (pid === undefined) return undefined;
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const resident = Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
    // A process that has just ended has no memory.
    if (Number.isNaN(resident)) return undefined;
    const handles = readdirSync(`/proc/${pid}/fd`).length;
    return { pid, residentMiB: resident / 1024, handles, ...(await inside()) };
  } catch {
    return undefined;
  }
}

export const notAsked: Inside = { heapMiB: null, queues: {} };

/** Asks a process of memnet. @param port of its metrics */
export async function insideService(port: number | undefined): Promise<Inside> {
  const text = port === undefined ? undefined : await got(`http://127.0.0.1:${port}/metrics`);
  return text === undefined ? notAsked : readMetrics(text);
}

/** Asks nats-server. @param port of its monitoring */
export async function insideBroker(port: number): Promise<Inside> {
  const text = await got(`http://127.0.0.1:${port}/connz?limit=1000`);
  if (text === undefined) return notAsked;
  const { connections } = JSON.parse(text) as { connections: readonly { pending_bytes: number }[] };
  const pending = connections.reduce((sum, { pending_bytes }) => sum + pending_bytes, 0);
  return { heapMiB: null, queues: { pending_bytes: pending } };
}

async function got(url: string): Promise<string | undefined> {
  const asked = fetch(url, { headers: { connection: "close" }, signal: AbortSignal.timeout(answerMs) });
  return asked.then((answer) => answer.text()).catch(() => undefined);
}

/** @param text in Prometheus' format */
export function readMetrics(text: string): Inside {
  const queues: Record<string, number> = {};
  let heapMiB: number | null = null;
  for (const line of text.split("\n")) {
    const [, name, value] = /^memnet_(\w+)(?:\{.*\})? (\S+)$/.exec(line) ?? [];
    if (name === undefined) continue;
    if (name === "nodejs_heap_size_used_bytes") heapMiB = Number(value) / mebibyte;
    // A queue with labels is the sum of its series.
    if (queueMetrics.has(name)) queues[name] = (queues[name] ?? 0) + Number(value);
  }
  return { heapMiB, queues };
}

/** Returns the port that a process's log names after `from` bytes; undefined if it does not yet. */
export function metricsPortIn(logFile: string, from: number): number | undefined {
  const bytes = Buffer.alloc(firstWordsMax);
  const file = openSync(logFile, "r");
  const length = readSync(file, bytes, 0, firstWordsMax, from);
  closeSync(file);
  const port = /"port":(\d+),"message":"Metrics are served"/.exec(bytes.toString("utf8", 0, length))?.[1];
  return port === undefined ? undefined : Number(port);
}

/** Adds up the files below a folder. What vanishes meanwhile counts as nothing. */
export function mebibytesOf(folder: string): number {
  return bytesBelow(folder) / mebibyte;
}

function bytesBelow(folder: string): number {
  let bytes = 0;
  for (const name of namesIn(folder)) {
    const path = join(folder, name);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found) bytes += found.isDirectory() ? bytesBelow(path) : found.size;
  }
  return bytes;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Waits without keeping this process alive. */
export function unhurried(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { ref: false, signal }).catch(() => {});
}
