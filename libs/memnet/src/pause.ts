/** Lets the event loop run: timers, messages, clicks, drawing. */

import type { Batch } from "./batch.ts";
import type { ModelConfig } from "./config/model.ts";
import { forwardMultiplications } from "./work.ts";

interface Host {
  readonly setImmediate?: (call: () => void) => unknown;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: (() => void) | null };
    readonly port2: { postMessage(value: null): void };
  };
}
const { setImmediate: immediately, MessageChannel: Channel } = globalThis as unknown as Host;

/**
 * Forward multiplications between two pauses. Engine wasm takes 1 to 2.5 million in a millisecond, with the backward
 * pass, so a pause comes every 8 to 20 ms. It costs 7 to 60 µs, or 140 on a busy machine, where it also comes less
 * often. The library reads no clock.
 */
const workBetween = 2e7;
/** What a batch counts at least: a model of a few parameters takes 40 µs, most of which is not multiplications. */
const batchWorkMin = 1e5;

const waiting: (() => void)[] = [];
let channel: InstanceType<Host["MessageChannel"]> | undefined;

/** Resolves in the event loop's next turn. A browser's timers would wait 4 ms; a message takes microseconds. */
export function pause(): Promise<void> {
  return new Promise((resolve) => {
    if (immediately) return void immediately(resolve);
    if (!channel) {
      channel = new Channel();
      channel.port1.onmessage = () => waiting.shift()?.();
    }
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}

/** Returns what training awaits after each batch: it pauses once enough work is done, and else resolves at once. */
export function pauseByWork(model: ModelConfig): (batch: Batch) => Promise<void> | undefined {
  const ofOneTime = forwardMultiplications(model, 1, 1);
  let work = 0;
  return ({ times, sequences }) => {
    work += Math.max(batchWorkMin, times * sequences * ofOneTime);
    if (work < workBetween) return undefined;
    work = 0;
    return pause();
  };
}
