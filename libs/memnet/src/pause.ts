/** Lets the event loop run: timers, messages, clicks, drawing. */

interface Host {
  readonly setImmediate?: (call: () => void) => unknown;
  readonly MessageChannel: new () => {
    readonly port1: { onmessage: (() => void) | null };
    readonly port2: { postMessage(value: null): void };
  };
}
const { setImmediate: immediately, MessageChannel: Channel } = globalThis as unknown as Host;

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
