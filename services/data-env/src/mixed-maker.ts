/** The maker as a worker thread seen from the data-env's own. */

import { LazyThread } from "@memnet/service";
import type { Maker } from "./maker.ts";
import type { MakerThread } from "./maker-thread.ts";

export async function threadedMaker(): Promise<Maker> {
  // A thread that a user's task has ended is started anew with the next question.
  const thread = new LazyThread<MakerThread>(import.meta.url, "./maker-thread");
  await thread.api();
  return {
    make: async (question) => (await thread.api()).make(question),
    stop: () => thread.stop(),
  };
}
