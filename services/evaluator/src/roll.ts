/**
 * Who is in: everybody is asked whenever somebody wants to know, so that one that is gone leaves the roll by itself and
 * one that came before this evaluator is in it.
 */

import { type Fields, messages, subjects } from "@memnet/protocol";
import type { Actor } from "@memnet/service";

/** An actor answers from its message loop at once; Prometheus itself waits ten seconds and more. */
const answerMs = 300;
/** An actor that was busy once stays in the roll; after so many questions without an answer it is gone. */
const unansweredMax = 3;
/** More than a cluster has; ids come off the wire. The longest unheard are forgotten first. */
const knownMax = 10_000;

/** What an actor says of itself. */
export type Present = Omit<Extract<Fields<typeof messages.status>, { ok: true }>, "ok">;

export class Roll<One extends Pick<Present, "id"> = Present> {
  private readonly known = new Map<string, { readonly actor: One; unanswered: number }>();

  /** All were asked, and these answered. */
  answered(actors: readonly One[]): void {
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

  get actors(): One[] {
    return [...this.known.values()].map(({ actor }) => actor);
  }
}

/** Asks all actors. @throws DisconnectedError */
export function everybody({ messenger }: Pick<Actor, "messenger">): Promise<readonly Present[]> {
  const { askStatus, status } = messages;
  return messenger.askAll(askStatus, status, subjects.status, {}, answerMs);
}
