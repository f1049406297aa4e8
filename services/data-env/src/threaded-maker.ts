/** The maker as a worker thread seen from the data-env's own. */

import { type Remote, startThread } from "@memnet/service";
import type { Maker } from "./maker.ts";
import type { MakerThread } from "./maker-thread.ts";

export async function threadedMaker(): Promise<Maker> {
  const url = new URL(
    import.meta.url.endsWith(".ts") ? "./maker-thread.ts" : "./maker-thread.js",
    import.meta.url,
  );
  let thread: Promise<Remote<MakerThread>> | undefined;
  // A thread that a user's task has ended is started anew with the next question.
  const started = () => {
    thread ??= startThread<MakerThread>(url).then((remote) => {
      remote.onExit(() => {
        thread = undefined;
      });
      return remote;
    });
    return thread;
  };
  await started();
  return {
    make: async (question) => (await started()).api.make(question),
    stop: async () => (await thread)?.stop(),
  };
}
