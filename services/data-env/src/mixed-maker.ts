/** Makers as a data-env has them: for memnet's own tasks in its own thread, for users' in another one. */

import { LazyThread } from "@memnet/service";
import { localMaker, type Maker } from "./maker.ts";
import type { MakerThread } from "./maker-thread.ts";

export function mixedMaker(): Maker {
  const here = localMaker();
  // Started with the first question that needs it, and anew after a user's task has ended it.
  const thread = new LazyThread<MakerThread>(import.meta.url, "./maker-thread");
  return {
    make: async (question) =>
      question.sha256 === null ? here.make(question) : (await thread.api()).make(question),
    stop: () => thread.stop(),
  };
}
