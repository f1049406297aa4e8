/** NATS as an adversary: every message may be late, lost or repeated, overtake others, or find its way cut. */

import { Packet } from "@memnet/protocol";
import { MemoryBus, MemoryNetwork, type Terminal, type Way } from "@memnet/service";
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

export class Network extends MemoryNetwork {
  weather: Weather = calm;
  readonly watcher: Watcher;
  private readonly timeline: Timeline;
  private readonly chance: Chance;

  constructor(timeline: Timeline, chance: Chance, watcher: Watcher) {
    // Packets are encoded, as between processes.
    super({ isLocal: false, random: chance.uniform });
    this.timeline = timeline;
    this.chance = chance;
    this.watcher = watcher;
  }

  connectProcess(process: Process): SimulatedBus {
    return new SimulatedBus(this, process);
  }

  override send(from: SimulatedBus, subject: string, packet: Packet, reply: string | undefined): void {
    this.watcher.published(from.process, subject, packet.bytes);
    super.send(from, subject, copyOf(packet), reply);
  }

  /** What is under way when the connection breaks is lost. */
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
  /** Messages are lost both ways, and neither side is told. */
  isolated = false;
  /** Counts connections. */
  session = 0;
  readonly lastArrival: Record<Way, number> = { in: 0, out: 0 };
  protected declare readonly network: Network;

  constructor(network: Network, process: Process) {
    super(network, { role: process.role, id: process.id, clock: process.clock });
    this.process = process;
  }

  /** The connection breaks: what is under way is lost, and the process hears of it. */
  cut(): void {
    if (!this.connected) return;
    this.session++;
    this.disconnect();
  }

  override reconnect(): void {
    if (this.process.state !== "dead") super.reconnect();
  }

  override deliver(...[sid, subject, packet, reply]: Parameters<Terminal["deliver"]>): void {
    // A copy each, as from a socket.
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
