/** Runs a system with one fault after the other, and measures what each of them cost. */

import { between, type Cost, costOf, type Kept, keptIn, type Round, type Struck } from "./cost.ts";
import { drawn, type Fault, faultText } from "./draw.ts";
import { inflict } from "./inflict.ts";
import type { Options } from "./options.ts";
import type { Stretch } from "./progress.ts";
import type { System } from "./system.ts";

/** A fault and its cost. */
export interface Harm extends Cost {
  readonly fault: Fault;
  /** Counted from the moment when all trainers had joined. */
  readonly atSeconds: number;
}

export interface Harmed extends Kept {
  readonly harms: readonly Harm[];
  readonly leftOut: readonly string[];
  /** The total number of steps at each full second, which shows together with the faults' times where time was lost. */
  readonly everySecond: readonly number[];
}

/** The run that faults are inflicted on. */
export interface Planned {
  /** After how many steps it ends; null if it is stopped when its time is over. */
  readonly steps: number | null;
  /** Seconds per step of the quiet run. */
  readonly quietSeconds: number;
}

/**
 * How long after a fault's end its cost is counted: processes start and join within a second, and redials wait two
 * seconds at most.
 */
const settleMs = 3000;

export async function harm(
  system: System,
  { minutes, seed, isLocal, trainers, everySeconds, inRow, only, checkpointEvery }: Options,
  { steps, quietSeconds }: Planned,
  say: (line: string) => void,
): Promise<Harmed> {
  const { progress } = system;
  const leftOut = system.disk.canFill || !only.includes("disk-full") ? [] : ["disk-full"];
  for (const kind of leftOut) say(`Left out: ${kind}; no file system of its own can be mounted here`);
  const kinds = only.filter((kind) => !leftOut.includes(kind));
  const everyMs = everySeconds * 1000;
  const rowMs = inRow * everyMs;
  const begunMs = performance.now();
  const until = (ms: number) => system.passes(Math.max(0, ms - performance.now()));
  const struck: Struck[] = [];
  const harms: Harm[] = [];
  const rows: Pick<Round, "harmed" | "ownSeconds">[] = [];
  const rests: Stretch[] = [];
  /** Counts the newest fault's cost, which is known once the time after it has passed. */
  const count = (endMs: number) => {
    const { fault, fromMs } = struck.at(-1)!;
    const [which, undisturbed] = [struck.length - 1, between(struck, begunMs, endMs)];
    const pace = { steps: checkpointEvery, otherwise: quietSeconds };
    const cost = costOf(progress, struck, which, undisturbed, pace);
    harms.push({ fault, atSeconds: (fromMs - begunMs) / 1000, ...cost });
    say(harmText(harms.at(-1)!, harms.length));
  };
  const leftSeconds = () =>
    steps === null
      ? 60 * minutes - (performance.now() - begunMs) / 1000
      : (steps - (progress.last?.step ?? 0)) * quietSeconds;
  const faults = drawn(seed, isLocal ? null : trainers, kinds);
  // A run is slower in its first half minute, until its code is compiled.
  let restMs = begunMs + everyMs;
  for (;;) {
    await until(restMs + rowMs);
    rests.push([restMs, Math.min(performance.now(), progress.last?.atMs ?? restMs)]);
    if (leftSeconds() < (2 * rowMs) / 1000) break;
    const first = struck.length;
    while (struck.length < first + inRow) {
      const fault = faults.next().value;
      const fromMs = await inflict(system, fault);
      restMs = Math.max(fromMs + everyMs, performance.now());
      await until(Math.min(performance.now() + settleMs, restMs));
      struck.push({ fault, fromMs, toMs: performance.now() });
      await until(restMs);
      count(restMs);
    }
    const ownSeconds = harms.slice(first).reduce((sum, harm) => sum + harm.ownSeconds, 0);
    rows.push({ harmed: [struck[first]!.fromMs, restMs], ownSeconds });
  }
  if (steps === null) {
    await until(begunMs + 60_000 * minutes);
    await system.stopRun();
  }
  await system.over;
  if (rows.length === 0) {
    throw new RangeError(
      `Cannot tell what faults cost: the run must last for ${inRow} in a row, every ${everySeconds} s, got ${progress.last?.step} steps`,
    );
  }
  const rounds = rows.map((row, index): Round => ({ ...row, rests: [rests[index]!, rests[index + 1]!] }));
  return { harms, ...keptIn(progress, rounds), leftOut, everySecond: progress.everySecond(begunMs) };
}

function harmText({ fault, atSeconds, lostSeconds, ownSeconds, stillSeconds }: Harm, number: number): string {
  const own = ownSeconds > 0 ? ` beyond its own ${ownSeconds.toFixed(1)} s` : "";
  return (
    `${atSeconds.toFixed(1).padStart(7)} s  ${number}. ${faultText(fault)}: ${lostSeconds.toFixed(2)} s lost${own}, ` +
    `no new step for ${stillSeconds.toFixed(2)} s`
  );
}
