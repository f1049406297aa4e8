/** Asks which actors are connected, for the open pages: at most once a second, and not at all while no page is open. */

import { type Actor, DisconnectedError, everybody, type Present, Roll } from "@memnet/service";

/** Pages that ask within this time share one round of questions. */
const freshMs = 900;
/** After a pause this long all actors are forgotten, since those that do not answer now may be long gone. */
const forgetMs = 5000;

/** Returns all connected actors; null if they cannot be asked now. */
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
