/** A trainer's whole life: looks for a run, serves it, looks for the next. */

import { messages, subjects } from "@memnet/protocol";
import { type Actor, answerStatus, loadTask, sayHello, sleep } from "@memnet/service";
import { modelOf, operationConfig, taskSettings, trainingConfig, trainingHash } from "memnet";
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
  let serving: Serving | undefined;
  let served: string | null = null;
  const idleSince = clock.now();
  messenger.hear(messages.announce, subjects.announce, (announcement) => {
    chooser.hear(announcement, clock.now());
    serving?.watch();
  });
  answerStatus(actor, () => ({
    run: served,
    state: served ? "training" : "idle",
    waitsFor: served ? null : `a run${options.run ? ` named ${options.run}` : ""}`,
    waitsSeconds: served ? null : (clock.now() - idleSince) / 1000,
    detail: { ...serving?.status() },
  }));
  sayHello(actor, () => served ?? options.run);
  while (!signal.aborted) {
    const announcement = chooser.choose(clock.now());
    if (!announcement) {
      await sleep(clock, lookMs, signal);
      continue;
    }
    served = announcement.run;
    journal.about(served);
    const equipped = await equip(announcement).catch((error) => {
      log.error("Cannot serve the run", { run: announcement.run, error });
      chooser.refuse(announcement);
    });
    // An engine that fails at its work ends the process: whoever watches it starts a fresh one.
    if (equipped) await serve(announcement, equipped);
    journal.about(null);
    served = null;
    serving = undefined;
  }

  /** What serving the run takes. @throws where the run's configuration, task or engine does not work here */
  async function equip(announcement: Announcement) {
    const training = trainingConfig.parse(announcement.config.training);
    const { taskFile } = operationConfig.parse(announcement.config.operation);
    if (trainingHash(training) !== announcement.training) {
      throw new RangeError(
        `Cannot serve run ${announcement.run}: its configuration has not the hash that it names`,
      );
    }
    const task = await loadTask(training.task, taskFile, taskSettings(training));
    const computer = await createComputer({ training, taskFile });
    const { detail } = computer;
    if (detail !== null)
      log.info("Computes on a device", { run: announcement.run, engine: training.engine, detail });
    const fingerprints = [await computer.probe(), await computer.probe()] as const;
    return {
      training,
      computer,
      fingerprints,
      batches: new BatchWindow(actor, training, taskFile, modelOf(training, task)),
    };
  }

  async function serve(
    announcement: Announcement,
    equipment: Awaited<ReturnType<typeof equip>>,
  ): Promise<void> {
    const metrics = trainerMetrics(actor.metrics, clock, announcement.run);
    serving = new Serving({ actor, announcement, chooser, metrics, ...equipment });
    try {
      const left = await serving.serve(signal);
      log.info("Left the run", { run: announcement.run, why: left });
    } finally {
      await equipment.computer.stop();
      await metrics.end();
    }
  }
}
