/** A bus within one process. Actors receive each other's packets unencoded and in order, with no server in between. */

import { isForAll, type Packet, type Role, subjects } from "@memnet/protocol";
import { type Clock, systemClock } from "../clock.ts";
import { type Log, silentLog } from "../log.ts";
import type { Bus, BusMessage, SubscribeOptions, Subscription } from "./bus.ts";
import { newId } from "./id.ts";
import { Inbox } from "./inbox.ts";
import { type Route, Router } from "./router.ts";

/** The direction of a packet: `out` from a bus to the network, `in` from the network to a bus. */
export type Way = "out" | "in";

/** An endpoint of a network; subscriptions name it as their owner. */
export interface Terminal {
  /** Delivers a message to the subscription `sid`. */
  deliver(sid: string, subject: string, packet: Packet, reply: string | undefined): void;
  /** Reports that no subscriber listens to the request whose answer would go to `reply`. */
  unheard(reply: string, question: Packet): void;
}

/** Connects terminals. */
export interface Network {
  /** Whether all terminals are in this process; packets are then not encoded. */
  readonly isLocal: boolean;
  add(route: Route<Terminal>): void;
  remove(route: Route<Terminal>): void;
  /** Sends to all subscribers of the subject; if there are none, a request is answered at once as unheard. */
  send(from: Terminal, subject: string, packet: Packet, reply: string | undefined): void;
}

/** A message that leaves a network, if it is part of a wider one. */
export interface Leaving {
  readonly from: Terminal;
  readonly subject: string;
  readonly packet: Packet;
  readonly reply: string | undefined;
  /** Whether an actor of the network subscribes to it. */
  readonly isHeard: boolean;
}

export interface MemoryBusOptions {
  readonly role: Role;
  readonly id?: string;
  readonly clock?: Clock;
  readonly log?: Log;
}

export interface MemoryNetworkOptions {
  /** False if other processes join the network through a socket. */
  readonly isLocal?: boolean;
  /** Picks the member of a queue group; returns a number in [0, 1). */
  readonly random?: () => number;
}

/** The network of one process. A simulation overrides how packets travel. */
export class MemoryNetwork implements Network {
  readonly isLocal: boolean;
  private readonly router: Router<Terminal>;

  constructor({ isLocal = true, random }: MemoryNetworkOptions = {}) {
    this.isLocal = isLocal;
    this.router = new Router(random);
  }

  connect(options: MemoryBusOptions): MemoryBus {
    return new MemoryBus(this, options);
  }

  add(route: Route<Terminal>): void {
    this.router.add(route);
  }

  remove(route: Route<Terminal>): void {
    this.router.remove(route);
  }

  send(from: Terminal, subject: string, packet: Packet, reply: string | undefined): void {
    this.travel(from, "out", () => this.forward(from, subject, packet, reply));
  }

  /**
   * Delivers a message that has arrived at the network.
   *
   * @param except a terminal whose own subscribers have the message already
   */
  forward(
    from: Terminal,
    subject: string,
    packet: Packet,
    reply: string | undefined,
    except?: Terminal,
  ): void {
    const isHeard = this.pass(subject, packet, reply, except);
    if (!isHeard || isForAll(subject)) this.leave({ from, subject, packet, reply, isHeard });
  }

  /** Called with a message that has no subscriber here, or that other networks hear too. A plain network has no others. */
  protected leave({ from, packet, reply, isHeard }: Leaving): void {
    if (!isHeard && reply !== undefined) this.travel(from, "in", () => from.unheard(reply, packet));
  }

  /**
   * Delivers a message to all subscribers of this network but one. Returns whether there are any others.
   */
  protected pass(subject: string, packet: Packet, reply: string | undefined, except?: Terminal): boolean {
    const routes = this.router.match(subject).filter(({ owner }) => owner !== except);
    for (const { owner, sid } of routes)
      this.travel(owner, "in", () => owner.deliver(sid, subject, packet, reply));
    return routes.length > 0;
  }

  /** Tells the requester that waits on `reply` that its request has no subscriber. */
  protected reportUnheard(reply: string, packet: Packet): void {
    for (const { owner } of this.router.match(reply))
      this.travel(owner, "in", () => owner.unheard(reply, packet));
  }

  /**
   * Moves a packet one leg of its way. Packets arrive in order and in a later microtask, so that a sender finishes its
   * turn before any receiver begins.
   */
  protected travel(_terminal: Terminal, way: Way, arrive: () => void): void {
    if (way === "out") arrive();
    else queueMicrotask(arrive);
  }
}

interface Heard extends Route<Terminal> {
  readonly handler: (message: BusMessage) => void;
}

export class MemoryBus implements Bus, Terminal {
  readonly role: Role;
  readonly id: string;
  readonly refused = null;
  readonly inbox: Inbox;
  connected = true;
  protected readonly network: Network;
  private readonly log: Log;
  private readonly heard = new Map<string, Heard>();
  private readonly reconnectHandlers: (() => void)[] = [];
  private nextSid = 0;

  constructor(
    network: Network,
    { role, id = newId(), clock = systemClock, log = silentLog }: MemoryBusOptions,
  ) {
    this.network = network;
    this.role = role;
    this.id = id;
    this.log = log;
    this.inbox = new Inbox(subjects.inbox(role, id), clock);
    this.subscribe(this.inbox.wildcard, ({ subject, packet }) => this.inbox.deliver(subject, packet, false));
  }

  get isLocal(): boolean {
    return this.network.isLocal;
  }

  publish(subject: string, packet: Packet): boolean {
    return this.send(subject, packet);
  }

  subscribe(
    subject: string,
    handler: (message: BusMessage) => void,
    options: SubscribeOptions = {},
  ): Subscription {
    const route: Heard = { owner: this, sid: String(this.nextSid++), subject, queue: options.queue, handler };
    this.heard.set(route.sid, route);
    if (this.connected) this.network.add(route);
    return {
      stop: () => {
        this.heard.delete(route.sid);
        this.network.remove(route);
      },
    };
  }

  request(subject: string, packet: Packet, timeoutMs: number): Promise<Packet> {
    return this.inbox.one(subject, timeoutMs, (reply) => this.send(subject, packet, reply));
  }

  requestMany(subject: string, packet: Packet, waitMs: number): Promise<Packet[]> {
    return this.inbox.many(subject, waitMs, (reply) => this.send(subject, packet, reply));
  }

  onReconnect(handler: () => void): void {
    this.reconnectHandlers.push(handler);
  }

  async close(): Promise<void> {
    this.disconnect();
  }

  /** Ends the connection. Packets already sent still arrive. */
  disconnect(): void {
    if (!this.connected) return;
    this.connected = false;
    for (const route of this.heard.values()) this.network.remove(route);
    this.inbox.failAll();
  }

  reconnect(): void {
    if (this.connected) return;
    this.connected = true;
    for (const route of this.heard.values()) this.network.add(route);
    for (const handler of this.reconnectHandlers) handler();
  }

  /**
   * Calls the subscription's handler unless the subscription has ended. If the handler throws, the error is logged,
   * never fatal.
   */
  deliver(sid: string, subject: string, packet: Packet, reply: string | undefined): void {
    const heard = this.heard.get(sid);
    if (!this.connected || !heard) return;
    const respond = (answer: Packet) =>
      reply !== undefined && this.respond(reply, answer, { subject, packet });
    try {
      heard.handler({ subject, packet, isRequest: reply !== undefined, respond });
    } catch (error) {
      this.failed(subject, error);
    }
  }

  unheard(reply: string, question: Packet): void {
    this.inbox.deliver(reply, question, true);
  }

  protected respond(reply: string, answer: Packet, _question: { subject: string; packet: Packet }): boolean {
    return this.send(reply, answer);
  }

  protected failed(subject: string, error: unknown): void {
    this.log.error("Cannot handle a message", { subject, error });
  }

  protected send(subject: string, packet: Packet, reply?: string): boolean {
    if (!this.connected) return false;
    this.network.send(this, subject, packet, reply);
    return true;
  }
}
