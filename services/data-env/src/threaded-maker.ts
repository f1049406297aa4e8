/** The maker as a worker thread seen from the data-env's own. */

import { startThread } from "@memnet/service";
import type { Maker } from "./maker.ts";
import type { MakerThread } from "./maker-thread.ts";

export async function threadedMaker(): Promise<Maker> {
  const url = new URL(
    import.meta.url.endsWith(".ts") ? "./maker-thread.ts" : "./maker-thread.js",
    import.meta.url,
  );
  const thread = await startThread<MakerThread>(url);
  return { make: (question) => thread.api.make(question), stop: () => thread.stop() };
}
