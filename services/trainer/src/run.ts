/** A trainer's whole life: looks for a run, serves it, looks for the next. */

import { messages, subjects } from "@memnet/protocol";
import { type Actor, answerStatus, loadTask, sayHello, sleep } from "@memnet/service";
import { modelOf, operationConfig, trainingConfig, trainingHash } from "memnet";
import { BatchWindow } from "./batch-window.ts";
import { type Announcement, Chooser } from "./chooser.ts";
import type { Computer, ComputerSettings } from "./computer.ts";
import { trainerMetrics } from "./metrics.ts";
import { Serving } from "./serving.ts";

export interface TrainerDeps {
  readonly actor: Actor;
  readonly createComputer: (settings: ComputerSettings) => Promise<Computer>;
}

export interface TrainerOptions {
  /** The one run to serve; null takes the announced one with the fewest trainers. */
  readonly run: string | null;
}

/** How often a trainer without a run looks whether one was announced. */
const lookMs = 50;

export async function run(
  { actor, createComputer }: TrainerDeps,
  options: TrainerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { messenger, clock, log, journal } = actor;
  const chooser = new Chooser(options.run);
  const metrics = trainerMetrics(actor.metrics);
  let serving: Serving | undefined;
  let served: string | null = null;
  const idleSince = clock.now();
  messenger.hear(messages.announce, subjects.announce, (announcement) =>
    chooser.hear(announcement, clock.now()),
  );
  answerStatus(actor, () => ({
    run: served,
    state: served ? "training" : "idle",
    waitsFor: served ? null : `a run${options.run ? ` named ${options.run}` : ""}`,
    waitsSeconds: served ? null : (clock.now() - idleSince) / 1000,
    detail: { ...serving?.status() },
  }));
  actor.ready = () => (served ? true : "not in a run");
  sayHello(actor, () => served ?? options.run);
  while (!signal.aborted) {
    const announcement = chooser.choose(clock.now());
    if (!announcement) {
      await sleep(clock, lookMs, signal);
      continue;
    }
    served = announcement.run;
    journal.about(served);
    try {
      await serveRun(announcement);
    } catch (error) {
      log.error("Cannot serve the run", { run: served, error });
      chooser.refuse(announcement);
    }
    journal.about(null);
    served = null;
    serving = undefined;
  }

  async function serveRun(announcement: Announcement): Promise<void> {
    const training = trainingConfig.parse(announcement.config.training);
    const { taskFile } = operationConfig.parse(announcement.config.operation);
    if (trainingHash(training) !== announcement.training) {
      throw new RangeError(
        `Cannot serve run ${announcement.run}: its configuration has not the hash that it names`,
      );
    }
    const task = await loadTask(training.task, taskFile);
    const computer = await createComputer({ training, taskFile });
    try {
      const fingerprints = [await computer.probe(), await computer.probe()] as const;
      const batches = new BatchWindow(actor, training, taskFile, modelOf(training, task));
      serving = new Serving({
        actor,
        announcement,
        training,
        chooser,
        computer,
        fingerprints,
        batches,
        metrics,
      });
      const left = await serving.serve(signal);
      log.info("Left the run", { run: announcement.run, why: left });
    } finally {
      await computer.stop();
    }
  }
}
