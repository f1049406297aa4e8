/**
 * Who serves metrics, for Prometheus' HTTP discovery: everybody is asked whenever Prometheus asks, so that one that is
 * gone leaves the list by itself and one that came before this evaluator is in it.
 */

import { type Fields, messages, subjects } from "@memnet/protocol";
import type { Actor, Page } from "@memnet/service";

/** An actor answers from its message loop at once; Prometheus itself waits ten seconds and more. */
const answerMs = 300;
/** An actor that was busy once stays in the list; after so many questions without an answer it is gone. */
const unansweredMax = 3;
/** More than a cluster has; ids come off the wire. The longest unheard are forgotten first. */
const knownMax = 10_000;

/** What may stand before a port; anything else off the wire could cost Prometheus the whole list. */
const hostName = /^[A-Za-z0-9._-]{1,255}$/;

type Status = Extract<Fields<typeof messages.status>, { ok: true }>;
export type Served = Pick<Status, "id" | "role" | "machine" | "metricsPort">;

/** One entry of Prometheus' list, in its words. */
export interface TargetGroup {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

export class Roll {
  private readonly known = new Map<string, { readonly actor: Served; unanswered: number }>();

  /** All were asked, and these answered. */
  answered(actors: readonly Served[]): void {
    for (const [id, one] of this.known) if (++one.unanswered >= unansweredMax) this.known.delete(id);
    for (const actor of actors) {
      this.known.delete(actor.id);
      this.known.set(actor.id, { actor, unanswered: 0 });
    }
    for (const id of this.known.keys()) {
      if (this.known.size <= knownMax) return;
      this.known.delete(id);
    }
  }

  /**
   * Those that serve metrics, by address.
   *
   * @param here the machine that `address` is of; others are reached by their names
   */
  groups(here: string, address: string): TargetGroup[] {
    return [...this.known.values()]
      .flatMap(({ actor: { role, machine, metricsPort } }) => {
        if (metricsPort === null || !hostName.test(machine)) return [];
        const host = machine === here ? hostOf(address) : machine;
        return [{ targets: [`${host}:${metricsPort}`], labels: { service: role, machine } }];
      })
      .sort((a, b) => (a.targets[0]! < b.targets[0]! ? -1 : 1));
  }
}

/** Answers /targets. Questions at the same moment share one round. */
export function targetsPage({ messenger, machine }: Actor): Page {
  const roll = new Roll();
  let asking: Promise<void> | undefined;
  const ask = async () => {
    const { askStatus, status } = messages;
    roll.answered(await messenger.askAll(askStatus, status, subjects.status, {}, answerMs));
  };
  return async (localAddress) => {
    asking ??= ask().finally(() => {
      asking = undefined;
    });
    await asking;
    return { text: JSON.stringify(roll.groups(machine, localAddress)), type: "application/json" };
  };
}

/** As it stands before a port: an IPv6 socket has IPv4 addresses in long form, and IPv6 ones need brackets. */
function hostOf(address: string): string {
  const plain = address.replace(/^::ffff:/, "");
  return plain.includes(":") ? `[${plain}]` : plain;
}
