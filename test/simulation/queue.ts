/** The queue of runs as JetStream keeps it: on time, with a run given out again after silence, and sometimes twice. */

import type { QueueKind } from "@memnet/protocol";
import {
  type QueuedRun,
  type QueueLength,
  type RunQueue,
  silenceMsMax,
  sleep,
  type TakenRun,
} from "@memnet/service";
import type { Chance } from "./chance.ts";
import type { Process } from "./process.ts";
import type { Timeline } from "./timeline.ts";

interface Kept {
  readonly run: QueuedRun;
  deliveries: number;
  /** The time until which no worker gets it. */
  until: number;
}

const lookEveryMs = 200;
const takeMsMax = 5000;
/** How often a run is given out although a worker has it. */
const twice = 0.05;

export class QueueServer {
  private readonly kept = new Map<string, Kept>();
  private readonly timeline: Timeline;
  private readonly chance: Chance;

  constructor(timeline: Timeline, chance: Chance) {
    this.timeline = timeline;
    this.chance = chance;
  }

  get size(): number {
    return this.kept.size;
  }

  /** Loses everything, as a server does with its disk. */
  lose(): void {
    this.kept.clear();
  }

  /** @param isReachable whether the process has a connection now */
  seenBy(process: Process, isReachable: () => boolean): RunQueue {
    const { kept } = this;
    const now = () => this.timeline.now;
    const chance = this.chance;
    const reach = async () => {
      await process.spend(chance.between(0.2, 5));
      if (!isReachable()) throw new Error("the queue cannot be reached");
    };
    const taken = (name: string, one: Kept): TakenRun => {
      const { deliveries } = one;
      const later = (act: () => void) => void reach().then(act, () => {});
      /** What an older delivery says of the wait is not heard; a run that is done is done. */
      const hold = (ms: number) => {
        if (kept.get(name) === one && one.deliveries === deliveries) one.until = now() + ms;
      };
      return {
        ...one.run,
        deliveries,
        working: () => later(() => hold(silenceMsMax)),
        async done() {
          await reach();
          kept.delete(name);
        },
        giveBack: (ms) => later(() => hold(ms)),
        drop: () => later(() => kept.delete(name)),
      };
    };
    return {
      async put(run) {
        await reach();
        if (!kept.has(run.run)) kept.set(run.run, { run, deliveries: 0, until: 0 });
      },
      async take(kind: QueueKind, signal: AbortSignal) {
        for (let waited = 0; waited < takeMsMax && !signal.aborted; waited += lookEveryMs) {
          await reach();
          for (const [name, one] of kept) {
            if (one.run.kind !== kind || (one.until > now() && !chance.happens(twice))) continue;
            one.until = now() + silenceMsMax;
            one.deliveries++;
            return taken(name, one);
          }
          await sleep(process.clock, lookEveryMs, signal);
        }
        return null;
      },
      async runs(sweep) {
        await reach();
        return new Set([...kept.values()].filter(({ run }) => run.sweep === sweep).map(({ run }) => run.run));
      },
      async length(): Promise<QueueLength> {
        await reach();
        const waiting = [...kept.values()].filter(({ until }) => until <= now()).length;
        return { waiting, taken: kept.size - waiting };
      },
      async remove(_sweep, run) {
        await reach();
        kept.delete(run);
      },
      async clear() {
        await reach();
        kept.clear();
      },
    };
  }
}
