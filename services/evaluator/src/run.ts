/**
 * Runs an evaluator from start to end: looks for others, takes its folder, and serves until it is stopped or fenced.
 */

import { RefusedError } from "@memnet/protocol";
import { diskCode, type Held } from "@memnet/runs";
import type { Actor, Disk } from "@memnet/service";
import type { Attendance } from "./attendance.ts";
import { type Context, noteError } from "./context.ts";
import { refreshBest, thin } from "./evaluations.ts";
import { isHeld } from "./holder.ts";
import type { Measurer } from "./measurer.ts";
import { Measuring } from "./measuring.ts";
import { evaluatorMetrics } from "./metrics.ts";
import { Presence } from "./presence.ts";
import type { RunFolder } from "./run-folder.ts";
import { Runs } from "./runs.ts";
import { folderId, RunsFolder } from "./runs-folder.ts";
import { serve } from "./service.ts";

export interface EvaluatorDeps {
  readonly actor: Actor;
  readonly disk: Disk;
  /** The runs folder. */
  readonly root: string;
  readonly measurer: Measurer;
  /** Versions recorded in each new run's config.json. */
  readonly versions: Readonly<Record<string, string>>;
  /** How long to listen for an evaluator of another folder before serving; 300 ms by default. */
  readonly listenMs?: number;
  /** Serves the runs' page; if undefined, no page is served. */
  readonly page?: (held: Held) => Promise<AsyncDisposable>;
  /** Knows which services are cut off from NATS. */
  readonly attendance?: Pick<Attendance, "cutOff">;
  /** Called once requests are answered. */
  readonly onServing?: () => void;
}

/**
 * Runs the evaluator until the signal aborts.
 *
 * @throws FencedError once a newer evaluator has taken the folder; OtherFolderError if another folder is already served
 */
export async function run(deps: EvaluatorDeps, signal: AbortSignal): Promise<void> {
  const { actor, disk, root, measurer } = deps;
  actor.ready = () => "taking up the runs";
  const presence = new Presence(actor, root, await folderId(disk, root));
  try {
    // On a local bus there can be no other evaluator.
    await presence.look(signal, actor.messenger.bus.isLocal ? 0 : deps.listenMs);
    if (signal.aborted) return;
    // Open the page before taking the folder: an occupied port must not end the evaluator that serves there now.
    const seen: Seen = { isHeld: async () => false };
    await using _page = await deps.page?.((name) => seen.isHeld(name));
    await serveFolder(deps, seen, presence, await RunsFolder.take(disk, root), signal);
  } finally {
    presence.stop();
    await measurer.close();
  }
}

/** What the evaluator tells the page in addition to the files. Until it serves, no run counts as held. */
interface Seen {
  isHeld: Held;
}

async function serveFolder(
  deps: EvaluatorDeps,
  seen: Seen,
  presence: Presence,
  folder: RunsFolder,
  signal: AbortSignal,
) {
  const { actor, versions } = deps;
  const ending = new AbortController();
  let fenced: Error | undefined;
  const runs = new Runs(folder, actor.log);
  const metrics = evaluatorMetrics(actor.metrics);
  metrics.waiting(() =>
    runs.all().reduce((sum, { queue, intake }) => sum + queue.waiting + intake.waiting, 0),
  );
  metrics.runs(() => runs.byState());
  const context: Context = {
    actor,
    folder,
    runs,
    versions,
    metrics,
    diskError: null,
    cutOff: () => deps.attendance?.cutOff ?? [],
    wake: () => measuring.wake(),
    fenced(error) {
      fenced = error;
      ending.abort(error);
    },
  };
  const measuring = new Measuring(context, deps.measurer);
  await runs.loadUnfinished();
  for (const one of runs.all()) await mend(context, one);
  const both = AbortSignal.any([signal, ending.signal]);
  seen.isHeld = (name) => isHeld(context, name).catch(unasked);
  const stopServing = serve(context, measuring);
  const check = () => void folder.check().catch((error) => noteError(context, "check the generation", error));
  presence.serves(folder.generation, check, check);
  actor.log.info("Serving runs", {
    root: folder.root,
    generation: folder.generation,
    runs: runs.all().length,
  });
  actor.ready = () => context.diskError ?? true;
  deps.onServing?.();
  await measuring.run(both);
  stopServing();
  await runs.idle();
  if (fenced) throw fenced;
}

/** Maps a holder that cannot be asked to null, which the page reports. */
function unasked(error: unknown): null {
  if (error instanceof RefusedError && error.code === "BUSY") return null;
  throw error;
}

/**
 * Finishes what a crash left undone after an evaluation. A disk that is full now does not keep the evaluator from
 * serving.
 */
async function mend(context: Context, run: RunFolder): Promise<void> {
  try {
    await refreshBest(context, run);
    await thin(run);
  } catch (error) {
    noteError(context, `tidy run ${run.name}`, error);
    if (!diskCode(error)) throw error;
  }
}
