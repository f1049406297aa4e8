/**
 * Keeps track of connected actors by asking all of them on demand. An actor that is gone drops out by itself, and one
 * that connected before this evaluator is included.
 */

import { type Fields, messages, subjects } from "@memnet/protocol";
import type { Actor } from "./actor.ts";

/** Actors answer from their message loop at once; Prometheus itself waits ten seconds and more. */
const answerMs = 300;
/** After this many unanswered questions in a row an actor counts as gone; one busy moment does not remove it. */
const unansweredMax = 3;
/**
 * Upper bound on remembered actors, above any cluster's size, since ids come from the network. The ones not heard for
 * longest are forgotten first.
 */
const knownMax = 10_000;

/** An actor's answer about itself. */
export type Present = Omit<Extract<Fields<typeof messages.status>, { ok: true }>, "ok">;

export class Roll<One extends Pick<Present, "id"> = Present> {
  private readonly known = new Map<string, { readonly actor: One; unanswered: number }>();

  /** Records one round of questions to all actors and the answers to it. */
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

/**
 * Asks all actors for their status.
 *
 * @throws DisconnectedError
 */
export function everybody({ messenger }: Pick<Actor, "messenger">): Promise<readonly Present[]> {
  const { askStatus, status } = messages;
  return messenger.askAll(askStatus, status, subjects.status, {}, answerMs);
}
