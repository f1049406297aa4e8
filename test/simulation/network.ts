/** NATS as an adversary: any message may be late, lost, repeated or out of order, and connections may break. */

import { Packet } from "@memnet/protocol";
import { MemoryBus, MemoryNetwork, type Terminal, type Way } from "@memnet/service";
import type { Chance } from "./chance.ts";
import type { Process } from "./process.ts";
import type { Timeline } from "./timeline.ts";
import { honest, type Twist } from "./twists.ts";

/** The conditions for messages between a process and the broker. */
export interface Weather {
  readonly delayMs: readonly [least: number, most: number];
  /** Probabilities. */
  readonly lost: number;
  readonly repeated: number;
  /**
   * Whether messages between a process and the broker may overtake each other, which one TCP connection never allows.
   */
  readonly overtaking: boolean;
}

export const calm: Weather = { delayMs: [0.2, 1], lost: 0, repeated: 0, overtaking: false };

/** The traffic that the checks see. */
export interface Watcher {
  published(from: Process, subject: string, data: Uint8Array): void;
  /** Called when an answer is sent; `data` is the request. */
  answered(from: Process, subject: string, data: Uint8Array, answer: Uint8Array): void;
}

export class Network extends MemoryNetwork {
  weather: Weather = calm;
  readonly watcher: Watcher;
  private readonly timeline: Timeline;
  private readonly chance: Chance;

  constructor(timeline: Timeline, chance: Chance, watcher: Watcher) {
    // Encode packets, as between processes.
    super({ isLocal: false, random: chance.uniform });
    this.timeline = timeline;
    this.chance = chance;
    this.watcher = watcher;
  }

  connectProcess(process: Process): SimulatedBus {
    return new SimulatedBus(this, process);
  }

  override send(from: SimulatedBus, subject: string, packet: Packet, reply: string | undefined): void {
    for (const sent of from.twist({ subject, packet })) {
      // A lie is no message of the system under test.
      const isOwn = sent.packet === packet;
      if (isOwn) this.watcher.published(from.process, subject, packet.bytes);
      super.send(from, sent.subject, copyOf(sent.packet), isOwn ? reply : undefined);
    }
  }

  /** Messages under way when the connection breaks are lost. */
  protected override travel(bus: SimulatedBus, way: Way, arrive: () => void): void {
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

export class SimulatedBus extends MemoryBus {
  readonly process: Process;
  /** Messages are lost both ways, and neither side is notified. */
  isolated = false;
  /** What this process sends in place of each message. */
  twist: Twist = honest;
  /** The number of the current connection. */
  session = 0;
  readonly lastArrival: Record<Way, number> = { in: 0, out: 0 };
  protected declare readonly network: Network;

  constructor(network: Network, process: Process) {
    super(network, { role: process.role, id: process.id, clock: process.clock });
    this.process = process;
  }

  /** Breaks the connection: messages under way are lost, and the process is notified. */
  cut(): void {
    if (!this.connected) return;
    this.session++;
    this.disconnect();
  }

  override reconnect(): void {
    if (this.process.state !== "dead") super.reconnect();
  }

  override deliver(...[sid, subject, packet, reply]: Parameters<Terminal["deliver"]>): void {
    // Each subscriber gets its own copy, as from a socket.
    this.process.enter(() => super.deliver(sid, subject, copyOf(packet), reply));
  }

  override unheard(reply: string, question: Packet): void {
    this.process.enter(() => super.unheard(reply, question));
  }

  protected override respond(
    ...[reply, answer, question]: [string, Packet, { subject: string; packet: Packet }]
  ): boolean {
    this.network.watcher.answered(this.process, question.subject, question.packet.bytes, answer.bytes);
    return super.respond(reply, answer, question);
  }

  protected override failed(_subject: string, error: unknown): void {
    throw error;
  }
}

function copyOf(packet: Packet): Packet {
  return Packet.received(packet.bytes.slice());
}
