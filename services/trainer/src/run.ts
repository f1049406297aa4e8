/** Runs a trainer from start to end: looks for a run, serves it, then looks for the next. */

import { type Fields, messages, subjects } from "@memnet/protocol";
import { type Actor, answerStatus, loadTask, sayHello, sleep } from "@memnet/service";
import {
  checkpointBytesMax,
  checkSizes,
  type createCombiner,
  isTaskError,
  microBatchCount,
  modelOf,
  operationConfig,
  parameterCount,
  taskSettings,
  trainingConfig,
  trainingHash,
} from "memnet";
import { BatchWindow } from "./batch-window.ts";
import { type Announcement, Chooser } from "./chooser.ts";
import type { Computer, ComputerSettings } from "./computer.ts";
import { trainerMetrics } from "./metrics.ts";
import { Serving } from "./serving.ts";

export interface TrainerDeps {
  readonly actor: Actor;
  readonly createComputer: (settings: ComputerSettings) => Promise<Computer>;
  /** Makes what adds up branches. */
  readonly createCombiner: typeof createCombiner;
  /** 32 random hexadecimal digits, which show coordinators that a message is this trainer's own. */
  readonly secret: string;
}

export interface TrainerOptions {
  /** The only run to serve; null picks the announced run with the fewest trainers. */
  readonly run: string | null;
  /** Ends after so long without a run to serve; otherwise the trainer waits for the next. */
  readonly idleMsMax?: number | undefined;
}

/** How often an idle trainer looks for an announced run. */
const lookMs = 50;

/** Maximum length, in characters, of the reason why a run cannot be served; it is shown on one line of a table. */
const whyMax = 500;

/** @returns "idle" if there was no run for too long, "stopped" if the signal was aborted */
export async function run(
  { actor, createComputer, createCombiner, secret }: TrainerDeps,
  options: TrainerOptions,
  signal: AbortSignal,
): Promise<"idle" | "stopped"> {
  const { messenger, clock, log, journal } = actor;
  const chooser = new Chooser(options.run);
  let serving: Serving | undefined;
  let served: string | null = null;
  /** Why this trainer cannot serve a run, by the run's name. */
  const unable = new Map<string, Fields<typeof messages.goodbye>>();
  const { idleMsMax = Infinity } = options;
  let idleSince = clock.now();
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
      if (clock.now() - idleSince >= idleMsMax) {
        log.info("Ends, since there is no run to serve", { run: options.run, idleMs: idleMsMax });
        return "idle";
      }
      await sleep(clock, lookMs, signal);
      continue;
    }
    served = announcement.run;
    journal.about(served);
    const equipped = await equip(announcement).catch((error) => refuse(announcement, error));
    if (equipped) {
      await serve(announcement, equipped).catch((error) => {
        // A failing engine ends the process, and its supervisor starts a fresh one. A failing task would fail again.
        if (!isTaskError(error)) throw error;
        refuse(chooser.newest(announcement.run, clock.now()) ?? announcement, error);
      });
    }
    journal.about(null);
    served = null;
    serving = undefined;
    idleSince = clock.now();
  }
  return "stopped";

  /** Leaves the run to other trainers and tells its coordinator why. */
  function refuse(announcement: Announcement, error: unknown): void {
    const { run, epoch, trainingHash } = announcement;
    log.error("Cannot serve the run", { run, error });
    chooser.refuse(announcement);
    const message = error instanceof Error ? error.message : String(error);
    const why = { why: message.slice(0, whyMax), task: isTaskError(error) };
    unable.set(run, { run, epoch, trainingHash, trainer: messenger.id, secret, unable: why });
    tellUnable(announcement);
  }

  /** Sends the reason with each announcement, since a message may be lost. */
  function tellUnable({ run, epoch, trainingHash }: Announcement): void {
    const said = unable.get(run);
    if (said?.epoch === epoch && said.trainingHash === trainingHash)
      messenger.send(messages.goodbye, subjects.run(run).goodbye, said);
    else unable.delete(run);
  }

  /**
   * Prepares what serving the run needs.
   *
   * @throws if the run's configuration, task or engine does not work here
   */
  async function equip(announcement: Announcement) {
    const training = trainingConfig.parse(announcement.config.training);
    const { taskFile } = operationConfig.parse(announcement.config.operation);
    if (trainingHash(training) !== announcement.trainingHash) {
      throw new RangeError(
        `Cannot serve run ${announcement.run}: its configuration has not the hash that it names`,
      );
    }
    const task = await loadTask(training.task, taskFile, taskSettings(training));
    checkSizes(training, task);
    const computer = await createComputer({ training, taskFile });
    const { detail } = computer;
    if (detail !== null)
      log.info("Computes on a device", { run: announcement.run, engine: training.engine, detail });
    try {
      const probes = [await computer.probe(), await computer.probe()] as const;
      const model = modelOf(training, task);
      const batches = new BatchWindow(actor, training, taskFile, model);
      const parameters = parameterCount(model);
      const combiner = await createCombiner(parameters, microBatchCount(training));
      const learnerBytesMax = checkpointBytesMax(model, training.optimizer);
      const sizes = { parameterBytes: 4 * parameters, learnerBytesMax };
      return { training, computer, combiner, probes, batches, ...sizes };
    } catch (error) {
      // Stop the computer: its thread may be in an endless loop.
      await computer.stop();
      throw error;
    }
  }

  async function serve(
    announcement: Announcement,
    equipment: Awaited<ReturnType<typeof equip>>,
  ): Promise<void> {
    const metrics = trainerMetrics(actor.metrics, clock, announcement.run);
    serving = new Serving({ actor, secret, announcement, chooser, metrics, ...equipment });
    try {
      const left = await serving.serve(signal);
      log.info("Left the run", { run: announcement.run, why: left });
      // Started again by its supervisor, the process has another id.
      if (left === "impersonated")
        throw new Error(`Cannot join run ${announcement.run}: another process uses the id ${messenger.id}`);
    } finally {
      await equipment.computer.stop();
      await metrics.end();
    }
  }
}
