/** NATS as an adversary: every message may be late, lost or repeated, overtake others, or find its way cut. */

import { type Role, subjects } from "@memnet/protocol";
import {
  type Bus,
  type BusMessage,
  type Route,
  Router,
  type SubscribeOptions,
  type Subscription,
} from "@memnet/service";
import { Inbox } from "@memnet/service/testing";
import type { Chance } from "./chance.ts";
import type { Process } from "./process.ts";
import type { Timeline } from "./timeline.ts";

/** How messages fare between a process and the broker. */
export interface Weather {
  readonly delayMs: readonly [least: number, most: number];
  /** Probabilities. */
  readonly lost: number;
  readonly repeated: number;
  /** Whether a message may overtake another between the same process and the broker; over one TCP connection none does. */
  readonly overtaking: boolean;
}

export const calm: Weather = { delayMs: [0.2, 1], lost: 0, repeated: 0, overtaking: false };

/** What the checks see of the traffic. */
export interface Watcher {
  published(from: Process, subject: string, data: Uint8Array): void;
  /** A question's answer leaves; `data` is the question's. */
  answered(from: Process, subject: string, data: Uint8Array, answer: Uint8Array): void;
}

interface Heard extends Route<SimulatedBus> {
  readonly handler: (message: BusMessage) => void;
}

type Way = "in" | "out";

export class Network {
  weather: Weather = calm;
  readonly router: Router<SimulatedBus>;
  private readonly timeline: Timeline;
  private readonly chance: Chance;
  private readonly watcher: Watcher;

  constructor(timeline: Timeline, chance: Chance, watcher: Watcher) {
    this.timeline = timeline;
    this.chance = chance;
    this.watcher = watcher;
    this.router = new Router(chance.uniform);
  }

  connect(process: Process): SimulatedBus {
    return new SimulatedBus(this, process);
  }

  /** To the broker, and from there to all that hear the subject. */
  send(from: SimulatedBus, subject: string, data: Uint8Array, reply: string | undefined): void {
    this.watcher.published(from.process, subject, data);
    const bytes = data.slice();
    this.travel(from, "out", () => {
      const routes = this.router.match(subject) as Heard[];
      for (const route of routes) this.deliver(route, subject, bytes, reply);
      if (routes.length === 0 && reply !== undefined) {
        this.travel(from, "in", () => from.process.enter(() => from.inbox.deliver(reply, bytes, true)));
      }
    });
  }

  private deliver(route: Heard, subject: string, bytes: Uint8Array, reply: string | undefined): void {
    const { owner } = route;
    this.travel(owner, "in", () =>
      owner.process.enter(() => {
        if (!owner.hears(route)) return;
        // A copy each, as from a socket.
        const data = bytes.slice();
        const respond = (answer: Uint8Array) => {
          if (reply === undefined) return false;
          this.watcher.answered(owner.process, subject, bytes, answer);
          return owner.publish(reply, answer);
        };
        route.handler({ subject, data, respond });
      }),
    );
  }

  /** Between a process and the broker. What is under way when the connection breaks is lost. */
  private travel(bus: SimulatedBus, way: Way, arrive: () => void): void {
    const { delayMs, lost, repeated, overtaking } = this.weather;
    if (bus.isolated || this.chance.happens(lost)) return;
    const times = this.chance.happens(repeated) ? 2 : 1;
    for (let time = 0; time < times; time++) {
      const earliest = this.timeline.now + this.chance.between(...delayMs);
      const at = overtaking ? earliest : Math.max(earliest, bus.lastArrival[way]);
      bus.lastArrival[way] = Math.max(at, bus.lastArrival[way]);
      const { session } = bus;
      this.timeline.after(at - this.timeline.now, () => {
        if (bus.session === session && !bus.isolated) arrive();
      });
    }
  }
}

export class SimulatedBus implements Bus {
  readonly role: Role;
  readonly id: string;
  readonly process: Process;
  readonly inbox: Inbox;
  readonly refused = null;
  connected = true;
  /** Messages are lost both ways, and nobody is told. */
  isolated = false;
  /** Counts connections. */
  session = 0;
  readonly lastArrival: Record<Way, number> = { in: 0, out: 0 };
  private readonly network: Network;
  private readonly heard = new Set<Heard>();
  private readonly reconnectHandlers: (() => void)[] = [];
  private nextSid = 0;

  constructor(network: Network, process: Process) {
    this.network = network;
    this.process = process;
    this.role = process.role;
    this.id = process.id;
    this.inbox = new Inbox(subjects.inbox(process.role, process.id), process.clock);
    this.subscribe(this.inbox.wildcard, ({ subject, data }) => this.inbox.deliver(subject, data, false));
  }

  publish(subject: string, data: Uint8Array): boolean {
    return this.send(subject, data);
  }

  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options: SubscribeOptions = {},
  ): Subscription {
    const route: Heard = { owner: this, sid: String(this.nextSid++), subject, queue: options.queue, handler };
    this.heard.add(route);
    if (this.connected) this.network.router.add(route);
    return {
      stop: () => {
        this.heard.delete(route);
        this.network.router.remove(route);
      },
    };
  }

  request(subject: string, data: Uint8Array, timeoutMs: number): Promise<Uint8Array> {
    return this.inbox.one(subject, timeoutMs, (reply) => this.send(subject, data, reply));
  }

  requestMany(subject: string, data: Uint8Array, waitMs: number): Promise<Uint8Array[]> {
    return this.inbox.many(subject, waitMs, (reply) => this.send(subject, data, reply));
  }

  onReconnect(handler: () => void): void {
    this.reconnectHandlers.push(handler);
  }

  async close(): Promise<void> {
    this.hangUp();
  }

  hears(route: Heard): boolean {
    return this.heard.has(route);
  }

  /** The connection breaks: what is under way is lost, and the process hears of it. */
  cut(): void {
    if (!this.connected) return;
    this.session++;
    this.hangUp();
  }

  /** The connection ends, and what was sent on it arrives. */
  hangUp(): void {
    if (!this.connected) return;
    this.connected = false;
    for (const route of this.heard) this.network.router.remove(route);
    this.process.enter(() => this.inbox.failAll());
  }

  /** It stands again. */
  mend(): void {
    if (this.connected || this.process.state === "dead") return;
    this.connected = true;
    for (const route of this.heard) this.network.router.add(route);
    this.process.enter(() => {
      for (const handler of this.reconnectHandlers) handler();
    });
  }

  private send(subject: string, data: Uint8Array, reply?: string): boolean {
    if (!this.connected) return false;
    this.network.send(this, subject, data, reply);
    return true;
  }
}
