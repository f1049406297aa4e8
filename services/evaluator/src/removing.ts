/** Removes runs. A run disappears at once, before its files are deleted. */

import { join } from "node:path";
import { RefusedError } from "@memnet/protocol";
import { DamagedRunError, readEpoch, removedName, runPaths } from "@memnet/runs";
import type { Context } from "./context.ts";
import { answers } from "./holder.ts";

/**
 * Removes a run that no coordinator holds.
 *
 * @throws RefusedError HELD while the run's holder answers, RUN if there is no such run
 */
export async function removeHeld(context: Context, name: string): Promise<void> {
  const { folder, runs, actor } = context;
  const remove = async () => {
    const { epoch, holder } = await readEpoch(folder.disk, runPaths(folder.root, name));
    if (holder && (await answers(actor.messenger, name, epoch, holder))) {
      throw new RefusedError(
        "HELD",
        `Cannot remove run ${name}: coordinator ${holder.coordinator} on ${holder.machine} holds it, and answers`,
      );
    }
    const aside = join(folder.root, removedName(name, actor.clock.wall()));
    await folder.move(runPaths(folder.root, name).folder, aside);
    runs.forget(name);
    await context.metrics.forget(name);
    await folder.remove(aside);
    actor.log.info("Removed a run", { run: name });
  };
  const run = await runs.find(name).catch((error) => {
    if (error instanceof DamagedRunError) return null;
    throw error;
  });
  if (run === undefined)
    throw new RefusedError("RUN", `Cannot remove run ${name}: there is none of that name`);
  return run ? run.queue.do(remove) : remove();
}
