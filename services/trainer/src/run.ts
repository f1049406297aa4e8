/** A trainer's whole life: looks for a run, serves it, looks for the next. */

import { type Fields, messages, subjects } from "@memnet/protocol";
import { type Actor, answerStatus, loadTask, sayHello, sleep } from "@memnet/service";
import { isTaskError, modelOf, operationConfig, taskSettings, trainingConfig, trainingHash } from "memnet";
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

/** Characters of the reason why a run cannot be served: what a person reads in one line of a table. */
const whyMax = 500;

export async function run(
  { actor, createComputer }: TrainerDeps,
  options: TrainerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { messenger, clock, log, journal } = actor;
  const chooser = new Chooser(options.run);
  let serving: Serving | undefined;
  let served: string | null = null;
  /** By run, why this trainer cannot serve it. */
  const unable = new Map<string, Fields<typeof messages.goodbye>>();
  const idleSince = clock.now();
  messenger.hear(messages.announce, subjects.announce, (announcement) => {
    chooser.hear(announcement, clock.now());
    serving?.watch();
    tellUnable(announcement);
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
    const equipped = await equip(announcement).catch((error) => refuse(announcement, error));
    if (equipped) {
      await serve(announcement, equipped).catch((error) => {
        // An engine that fails at its work ends the process: whoever watches it starts a fresh one. A task fails again.
        if (!isTaskError(error)) throw error;
        refuse(chooser.newest(announcement.run, clock.now()) ?? announcement, error);
      });
    }
    journal.about(null);
    served = null;
    serving = undefined;
  }

  /** The run is left to others; its coordinator is told why. */
  function refuse(announcement: Announcement, error: unknown): void {
    const { run, epoch, training } = announcement;
    log.error("Cannot serve the run", { run, error });
    chooser.refuse(announcement);
    const message = error instanceof Error ? error.message : String(error);
    const why = { why: message.slice(0, whyMax), task: isTaskError(error) };
    unable.set(run, { run, epoch, training, trainer: messenger.id, unable: why });
    tellUnable(announcement);
  }

  /** Said with each announcement, since one message may be lost. */
  function tellUnable({ run, epoch, training }: Announcement): void {
    const said = unable.get(run);
    if (said?.epoch === epoch && said.training === training)
      messenger.send(messages.goodbye, subjects.run(run).goodbye, said);
    else unable.delete(run);
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
    try {
      const probes = [await computer.probe(), await computer.probe()] as const;
      const batches = new BatchWindow(actor, training, taskFile, modelOf(training, task));
      return { training, computer, probes, batches };
    } catch (error) {
      // Its thread may be in an endless loop.
      await computer.stop();
      throw error;
    }
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
