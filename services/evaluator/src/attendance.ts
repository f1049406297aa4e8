/**
 * Which services are connected, and which are cut off: a service that has lost NATS answers no question there, but its
 * metrics' port still says why. Such a service stays in Prometheus' list, so that an alert about it can fire, and in
 * `memnet status`.
 */

import { type Actor, everybody, type Present, Roll } from "@memnet/service";

/** A service that is cut off may stay so for hours; many at once are the same outage. */
const cutOffMax = 100;
const askMsMax = 1000;
/** After this many times without an answer a port counts as gone; a busy machine may be late once. */
const lateMax = 3;
/** What /readyz answers then, and how much of it is shown. */
const answer = /^not connected to NATS(?:: (.{1,300}))?/;
const answerBytesMax = 2000;

/**
 * Host names that may precede a port. Prometheus could reject the whole list because of any other text from the
 * network.
 */
export const hostName = /^[A-Za-z0-9._-]{1,255}$/;

export type Served = Pick<Present, "id" | "role" | "machine" | "metricsPort" | "metricsPath">;

export interface CutOff extends Pick<Served, "role" | "machine" | "id"> {
  readonly why: string;
  /** Seconds since it was first missed. */
  readonly seconds: number;
}

/** Asks an actor's port. @returns why it is cut off; null if it is not, or is gone; undefined if no answer came in time */
export type AskPort = (actor: Served) => Promise<string | null | undefined>;

interface Missed {
  readonly served: Served;
  /** Null until its port has said it. */
  readonly why: string | null;
  readonly since: number;
  readonly late: number;
}

export class Attendance {
  private readonly actor: Actor;
  private readonly askPort: AskPort;
  private readonly roll = new Roll<Served>();
  private readonly missed = new Map<string, Missed>();
  private asking: Promise<void> | undefined;

  constructor(actor: Actor, askPort: AskPort = portAsker(actor.machine)) {
    this.actor = actor;
    this.askPort = askPort;
  }

  /**
   * Asks all actors. Concurrent calls share one round of questions.
   *
   * @throws DisconnectedError
   */
  look(): Promise<void> {
    this.asking ??= this.round().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  /** All actors whose metrics can be read. */
  get served(): Served[] {
    return [...this.roll.actors, ...this.known.map(({ served }) => served)];
  }

  get cutOff(): CutOff[] {
    const now = this.actor.clock.now();
    return this.known.map(({ served: { role, machine, id }, why, since }) => ({
      ...{ role, machine, id, why },
      seconds: Math.round((now - since) / 1000),
    }));
  }

  private get known() {
    return [...this.missed.values()].flatMap(({ why, ...one }) => (why === null ? [] : [{ ...one, why }]));
  }

  private async round(): Promise<void> {
    const before = this.roll.actors;
    this.roll.answered(await everybody(this.actor));
    const present = new Set(this.roll.actors.map(({ id }) => id));
    for (const id of present) this.missed.delete(id);
    const gone = before.filter(({ id }) => !present.has(id));
    const suspects = [...[...this.missed.values()].map(({ served }) => served), ...gone].slice(0, cutOffMax);
    const answers = await Promise.all(suspects.map(async (one) => [one, await this.askPort(one)] as const));
    for (const [served, why] of answers) {
      const last = this.missed.get(served.id) ?? { why: null, since: this.actor.clock.now(), late: 0 };
      const late = why === undefined ? last.late + 1 : 0;
      if (why === null || late >= lateMax) this.missed.delete(served.id);
      else this.missed.set(served.id, { served, why: why ?? last.why, since: last.since, late });
    }
  }
}

/**
 * Asks /readyz. An actor's own words named the host, so nothing is believed or shown but the one answer that is looked
 * for.
 *
 * @param here this machine's name
 */
function portAsker(here: string): AskPort {
  return async ({ machine, metricsPort }) => {
    if (metricsPort === null || !hostName.test(machine)) return null;
    const host = machine === here ? "127.0.0.1" : machine;
    try {
      const response = await fetch(`http://${host}:${metricsPort}/readyz`, {
        redirect: "error",
        signal: AbortSignal.timeout(askMsMax),
      });
      const bytes = Number(response.headers.get("content-length") ?? Number.POSITIVE_INFINITY);
      if (response.status !== 503 || bytes > answerBytesMax) {
        await response.body?.cancel();
        return null;
      }
      const found = answer.exec(await response.text());
      return found && (found[1] ?? "not connected to NATS");
    } catch (error) {
      return (error as Error).name === "TimeoutError" ? undefined : null;
    }
  };
}
