/** Who is in, for those who look at a page: asked once a second at most, and by nobody while nobody looks. */

import { type Actor, DisconnectedError } from "@memnet/service";
import { everybody, type Present, Roll } from "../roll.ts";

/** Those who look at the same time share one round. */
const freshMs = 900;
/** After so long a pause nobody is remembered: who did not answer then may be long gone. */
const forgetMs = 5000;

/** Everybody who is in; null where nobody can be asked now. */
export type Who = () => Promise<readonly Present[] | null>;

export function whoIsIn(actor: Pick<Actor, "messenger" | "clock">): Who {
  let roll = new Roll();
  let askedAt = -Infinity;
  let answer: ReturnType<Who> = Promise.resolve(null);
  const ask = async () => {
    try {
      roll.answered(await everybody(actor));
      return roll.actors;
    } catch (error) {
      if (error instanceof DisconnectedError) return null;
      throw error;
    }
  };
  return () => {
    const now = actor.clock.now();
    if (now - askedAt < freshMs) return answer;
    if (now - askedAt > forgetMs) roll = new Roll();
    askedAt = now;
    answer = ask();
    return answer;
  };
}
