/** A run with faults, one after the other, and what each of them cost. */

import { aheadSeconds, between, type Cost, costOf, type Struck, settled } from "./cost.ts";
import { drawn, type Fault, faultText } from "./draw.ts";
import { inflict } from "./inflict.ts";
import type { Options } from "./options.ts";
import { paceOver, secondsPerStep } from "./progress.ts";
import type { System } from "./system.ts";

/** A fault and what it cost. */
export interface Harm extends Cost {
  readonly fault: Fault;
  /** Since all trainers were in. */
  readonly atSeconds: number;
}

export interface Harmed {
  readonly harms: readonly Harm[];
  /** Seconds a step, from the first fault to when the one after the last would have come. */
  readonly pace: number;
  /** The same without the faults' own time. */
  readonly paceBeyond: number;
  /** Seconds a step where a fault is long past, and the next one has not come: `settled`. */
  readonly paceSettled: number;
  readonly leftOut: readonly string[];
  /** Steps in all at each full second, beside which the faults' moments tell where time went. */
  readonly everySecond: readonly number[];
}

export interface Quiet {
  /** In all. */
  readonly steps: number;
  readonly quietSeconds: number;
}

/** From a fault's end on, its cost is counted so long: processes start and join within a second, redials wait two at most. */
const settleMs = 3000;

export async function harm(
  system: System,
  { seed, trainers, everySeconds, only, checkpointEvery }: Options,
  { steps, quietSeconds }: Quiet,
  say: (line: string) => void,
): Promise<Harmed> {
  const { progress } = system;
  const leftOut = system.disk.canFill || !only.includes("disk-full") ? [] : ["disk-full"];
  for (const kind of leftOut) say(`Left out: ${kind}; no file system of its own can be mounted here`);
  const kinds = only.filter((kind) => !leftOut.includes(kind));
  const everyMs = everySeconds * 1000;
  const begunMs = performance.now();
  const until = (ms: number) => system.passes(Math.max(0, ms - performance.now()));
  const struck: Struck[] = [];
  const harms: Harm[] = [];
  let nextMs = begunMs + everyMs;
  /** What the newest fault cost is known when the time after it is. */
  const count = (endMs: number) => {
    const { fault, fromMs } = struck.at(-1)!;
    const [which, undisturbed] = [struck.length - 1, between(struck, begunMs, endMs)];
    const pace = { steps: checkpointEvery, otherwise: quietSeconds };
    const cost = costOf(progress, struck, which, undisturbed, pace);
    harms.push({ fault, atSeconds: (fromMs - begunMs) / 1000, ...cost });
    say(harmText(harms.at(-1)!, harms.length));
  };
  for (const fault of drawn(seed, trainers, kinds)) {
    await until(nextMs);
    if (struck.length > 0) count(performance.now());
    // What it costs is seen whole only where the run does not end before.
    const leftSeconds = (steps - (progress.last?.step ?? 0)) * quietSeconds;
    const wantedSeconds = everySeconds + aheadSeconds(checkpointEvery, quietSeconds);
    if (leftSeconds < wantedSeconds + ("ms" in fault ? fault.ms / 1000 : 0)) break;
    const fromMs = await inflict(system, fault);
    nextMs = Math.max(fromMs + everyMs, performance.now());
    await until(Math.min(performance.now() + settleMs, nextMs));
    struck.push({ fault, fromMs, toMs: performance.now() });
  }
  await system.over;
  if (harms.length === 0) {
    throw new RangeError(
      `Cannot tell what faults cost: the run must last for one, a fault every ${everySeconds} s, got ${steps} steps`,
    );
  }
  const [fromMs, toMs] = [struck[0]!.fromMs, Math.min(nextMs, progress.last!.atMs)];
  const pace = secondsPerStep(progress, fromMs, toMs);
  const own = harms.reduce((sum, { ownSeconds }) => sum + ownSeconds, 0);
  return {
    harms,
    pace,
    paceBeyond: pace - own / (progress.at(toMs)!.step - progress.at(fromMs)!.step),
    paceSettled: paceOver(progress, settled(struck, begunMs, toMs, everyMs)) ?? quietSeconds,
    leftOut,
    everySecond: progress.everySecond(begunMs),
  };
}

function harmText({ fault, atSeconds, lostSeconds, ownSeconds, stillSeconds }: Harm, number: number): string {
  const own = ownSeconds > 0 ? ` beyond its own ${ownSeconds.toFixed(1)} s` : "";
  return (
    `${atSeconds.toFixed(1).padStart(7)} s  ${number}. ${faultText(fault)}: ${lostSeconds.toFixed(2)} s lost${own}, ` +
    `no new step for ${stillSeconds.toFixed(2)} s`
  );
}
