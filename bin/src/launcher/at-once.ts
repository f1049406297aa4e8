/**
 * Trains several runs at the same time, each in a process of its own. All of them join a hub, the process with the
 * evaluator and the page.
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Messenger, Subscription } from "@memnet/service";
import { complain, connectionFrom, connectOperator, exitCodes, type Operator, say } from "@memnet/terminal";
import { stoppingText } from "../host/shown.ts";
import { openingOfSeveral } from "../text/several.ts";
import { watchRuns } from "../watch-runs.ts";
import { startHub } from "./hub.ts";
import { hostEnvironment, type NamedRun, trainOne } from "./one-run.ts";
import type { Site } from "./site.ts";

/** Begins to show the progress of the runs. */
export type Watch = (messenger: Messenger) => Promise<Subscription>;

/**
 * The other runs continue when one fails.
 *
 * @param atOnce the number of runs that train at the same time
 * @param watch  begins to show the progress, each time that a hub serves
 * @param isDropped whether a run that has not begun is not wanted any more
 * @returns      the first exit code that is not 0
 */
export async function trainAtOnce(
  runs: readonly NamedRun[],
  atOnce: number,
  site: Site,
  interrupted: AbortSignal,
  watch?: Watch,
  isDropped: (run: string) => boolean = () => false,
): Promise<number> {
  const watching = new Watching(site, runs, watch);
  await using _watching = watching;
  await using hub = await startHub(site, hostEnvironment(process.env, site), () => watching.begin());
  say(openingOfSeveral(runs.length, atOnce, { ...site, ...hub.ports }));
  const stop = AbortSignal.any([interrupted, hub.failed]);
  const sayStopping = () => say(stoppingText);
  interrupted.addEventListener("abort", sayStopping, { once: true });
  const waiting = [...runs];
  const codes: number[] = [];
  const lane = async (_: unknown, number: number) => {
    const scratch = join(site.scratch, `lane-${number}`);
    mkdirSync(scratch);
    for (let next = waiting.shift(); next && !stop.aborted; next = waiting.shift()) {
      if (isDropped(next.run)) continue;
      // The hub has the ports that were asked for.
      codes.push(await trainOne(next, { ...site, scratch, port: 0, metricsPort: 0 }, stop));
      watching.ended(next.run);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, runs.length) }, lane));
  interrupted.removeEventListener("abort", sayStopping);
  if (interrupted.aborted) return exitCodes.interrupted;
  if (hub.failed.aborted) throw hub.failed.reason;
  return codes.find((code) => code !== exitCodes.done) ?? exitCodes.done;
}

/** Follows the runs through the hub, and again through the next one if it dies. */
class Watching implements AsyncDisposable {
  private readonly site: Site;
  private readonly watch: Watch;
  private readonly over = new Set<string>();
  private operator: Operator | undefined;
  private watched: Subscription | undefined;
  private beginning: Promise<void> = Promise.resolve();

  constructor(site: Site, runs: readonly NamedRun[], watch?: Watch) {
    this.site = site;
    this.watch = watch ?? (async (messenger) => watchRuns(messenger, runs, this.over));
  }

  begin(): void {
    this.beginning = this.beginning.then(async () => {
      await this.end();
      const { socket } = this.site;
      this.operator = await connectOperator(socket === null ? await connectionFrom(process.env) : { socket });
      this.watched = await this.watch(this.operator.messenger);
    });
    // Without it there is no progress to see, and the runs continue.
    this.beginning = this.beginning.catch((error: Error) =>
      complain(`Cannot show the progress: ${error.message}`),
    );
  }

  ended(run: string): void {
    this.over.add(run);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.beginning;
    await this.end();
  }

  private async end(): Promise<void> {
    this.watched?.stop();
    await this.operator?.[Symbol.asyncDispose]();
  }
}
