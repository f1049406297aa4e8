/** A run with faults, one after the other, and what each of them cost. */

import { drawn, type Fault, faultText, ownMs } from "./draw.ts";
import { inflict } from "./inflict.ts";
import type { Options } from "./options.ts";
import { lostSeconds, secondsPerStep } from "./progress.ts";
import type { System } from "./system.ts";

/** A fault and what it cost. */
export interface Harm {
  readonly fault: Fault;
  /** Since all trainers were in. */
  readonly atSeconds: number;
  readonly lostSeconds: number;
  /** In which the fault itself kept the run from taking steps. */
  readonly ownSeconds: number;
  /** The longest time without a step that had not been taken before. */
  readonly stillSeconds: number;
}

export interface Harmed {
  readonly harms: readonly Harm[];
  /** Seconds a step, from the moment at which all trainers were in to the last step. */
  readonly pace: number;
  /** The same without the faults' own time. */
  readonly paceBeyond: number;
  readonly leftOut: readonly string[];
}

export interface Quiet {
  /** In all. */
  readonly steps: number;
  readonly quietSeconds: number;
}

/** From a fault's end: processes start and join within two seconds, redials wait two at most. */
const settleMs = 6000;
/** A coordinator goes at most so many snapshots past the last one that is kept. */
const snapshotsAhead = 2;

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
  const aheadMs = snapshotsAhead * checkpointEvery * quietSeconds * 1000;
  const begunMs = performance.now();
  const until = (ms: number) => system.passes(Math.max(0, ms - performance.now()));
  const harms: Harm[] = [];
  let nextMs = begunMs + everySeconds * 1000;
  for (const fault of drawn(seed, trainers, kinds)) {
    await until(nextMs);
    // What it costs is seen whole only where the run does not end before.
    const leftMs = (steps - (progress.last?.step ?? 0)) * quietSeconds * 1000;
    if (leftMs < ("ms" in fault ? fault.ms : 0) + aheadMs + settleMs) break;
    const struckMs = await inflict(system, fault);
    nextMs = struckMs + everySeconds * 1000;
    await until(Math.min(performance.now() + settleMs, Math.max(nextMs, performance.now())));
    const toMs = performance.now();
    const own = ownMs(fault, aheadMs);
    const one = {
      fault,
      atSeconds: (struckMs - begunMs) / 1000,
      lostSeconds: lostSeconds(progress, { fromMs: struckMs, toMs, ownMs: own }, quietSeconds),
      ownSeconds: own / 1000,
      stillSeconds: progress.stillMs(struckMs, toMs) / 1000,
    };
    harms.push(one);
    say(harmText(one, harms.length));
  }
  await system.over;
  const last = progress.last!;
  const own = harms.reduce((sum, { ownSeconds }) => sum + ownSeconds, 0);
  const pace = secondsPerStep(progress, begunMs, last.atMs);
  const taken = last.step - progress.at(begunMs)!.step;
  return { harms, pace, paceBeyond: pace - own / taken, leftOut };
}

function harmText({ fault, atSeconds, lostSeconds, ownSeconds, stillSeconds }: Harm, number: number): string {
  const own = ownSeconds > 0 ? ` beyond its own ${ownSeconds.toFixed(1)} s` : "";
  return (
    `${atSeconds.toFixed(1).padStart(7)} s  ${number}. ${faultText(fault)}: ${lostSeconds.toFixed(2)} s lost${own}, ` +
    `no new step for ${stillSeconds.toFixed(2)} s`
  );
}
