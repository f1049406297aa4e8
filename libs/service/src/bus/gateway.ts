/** A network of one machine whose actors also reach a wider bus. */

import { covers, Packet, permissionsOf } from "@memnet/protocol";
import { type Clock, systemClock } from "../clock.ts";
import { type Bus, type BusMessage, RequestTimeoutError, type Subscription } from "./bus.ts";
import { type Leaving, MemoryNetwork, type Terminal } from "./memory.ts";
import type { Route } from "./router.ts";
import { empty } from "./socket.ts";

/** The actors inside give their own requests up sooner. A NATS server forgets whom a receiver may answer by then. */
const answerMsMax = 5 * 60_000;

/** Requests from outside that are remembered, some minutes' worth of a cluster's; the oldest are forgotten first. */
const questionsMax = 10_000;

/** The inbox, within the network, of answers to requests from outside. */
const inbox = "_INBOX.gateway";

interface Question {
  readonly message: BusMessage;
  readonly at: number;
}

/**
 * A message leaves the network if the bus's role may publish it and no subscriber inside listens, or if it is for all actors; a
 * message comes in if the role may subscribe to it and an actor inside listens. So the actors of a run may live inside
 * and exchange their messages in memory, and still be served by an evaluator outside.
 */
export class Gateway extends MemoryNetwork {
  private readonly bus: Bus;
  private readonly clock: Clock;
  private readonly publish: readonly string[];
  private readonly subscribe: readonly string[];
  /** The subjects subscribed to outside, and how many subscriptions inside need each. */
  private readonly outside = new Map<string, { readonly subscription: Subscription; routes: number }>();
  /** Requests from outside that may yet be answered, oldest first. */
  private readonly questions = new Map<string, Question>();
  private nextQuestion = 0;

  constructor(bus: Bus, clock: Clock = systemClock) {
    super({ isLocal: false });
    this.bus = bus;
    this.clock = clock;
    ({ publish: this.publish, subscribe: this.subscribe } = permissionsOf(bus.role));
    const answers: Terminal = {
      deliver: (_sid, subject, packet) => {
        this.questions.get(subject)?.message.respond(packet);
      },
      unheard: () => {},
    };
    super.add({ owner: answers, sid: "answers", subject: `${inbox}.*`, queue: undefined });
  }

  override add(route: Route<Terminal>): void {
    super.add(route);
    const { subject } = route;
    if (!this.subscribe.some((pattern) => covers(pattern, subject))) return;
    const known = this.outside.get(subject);
    if (known) known.routes++;
    else {
      const subscription = this.bus.subscribe(subject, (message) => this.enter(message));
      this.outside.set(subject, { subscription, routes: 1 });
    }
  }

  override remove(route: Route<Terminal>): void {
    super.remove(route);
    const known = this.outside.get(route.subject);
    if (!known || --known.routes > 0) return;
    known.subscription.stop();
    this.outside.delete(route.subject);
  }

  protected override leave(leaving: Leaving): void {
    const { subject, packet, reply } = leaving;
    if (!this.publish.some((pattern) => covers(pattern, subject))) super.leave(leaving);
    else if (reply === undefined) this.bus.publish(subject, packet);
    else void this.ask(subject, packet, reply);
  }

  private async ask(subject: string, packet: Packet, reply: string): Promise<void> {
    try {
      this.pass(reply, await this.bus.request(subject, packet, answerMsMax), undefined);
    } catch (error) {
      // The actor inside may ask again at once, except if the answer is only late.
      if (!(error instanceof RequestTimeoutError)) this.reportUnheard(reply, Packet.received(empty));
    }
  }

  private enter(message: BusMessage): void {
    if (!message.isRequest) {
      this.pass(message.subject, message.packet, undefined);
      return;
    }
    const reply = `${inbox}.${this.nextQuestion++}`;
    const now = this.clock.now();
    for (const [old, { at }] of this.questions) {
      if (now - at < answerMsMax && this.questions.size < questionsMax) break;
      this.questions.delete(old);
    }
    this.questions.set(reply, { message, at: now });
    this.pass(message.subject, message.packet, reply);
  }
}
