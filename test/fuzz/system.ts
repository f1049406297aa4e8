/** A coordinator, a trainer, a data-env and an evaluator in this process, whose messages travel as bytes. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { combinerFor, run as coordinate, localUpdater } from "@memnet/coordinator";
import { run as makeBatches, TaskMaker } from "@memnet/data-env";
import { run as evaluate, inProcessMeasurer } from "@memnet/evaluator";
import { messages, Packet, type Role, subjects } from "@memnet/protocol";
import { type Actor, everybody, systemDisk } from "@memnet/service";
import { memoryNetwork, testActor } from "@memnet/service/testing";
import { EngineComputer, run as train } from "@memnet/trainer";
import { builtInTask, createCombiner, createStepper, type RunConfig, runConfig, trainingHash } from "memnet";
import { type Aim, type Forged, fuzzed } from "./forge.ts";

const run = "fuzzed";

/** A model of some hundred parameters, whose run does not end by itself. */
const config: RunConfig = runConfig(
  {
    ...{ model: "ntm", engine: "wasm", controller: { hidden: 3 }, memory: { slots: 5, width: 2 } },
    ...{ heads: { reads: 1, writes: 1 }, task: { name: "copy", bits: 2, length: [1, 2] } },
    ...{ steps: 10_000_000, evaluateEvery: 5000, checkpointEvery: 5000, evaluationBatches: 1 },
  },
  builtInTask("copy"),
);

export class System implements AsyncDisposable {
  readonly root: string;
  readonly aim: Aim;
  private readonly actors: ReadonlyMap<Role, Actor & AsyncDisposable>;
  /** What the actors' work ends with, in the order of `fuzzed`. */
  private readonly ends: readonly { readonly stop: AbortController; readonly end: Promise<unknown> }[];
  private readonly sender: Actor & AsyncDisposable;
  /** Why an actor has ended, if one has. */
  ended: string | null = null;
  private sent = 0;

  private constructor(
    root: string,
    actors: ReadonlyMap<Role, Actor & AsyncDisposable>,
    sender: Actor & AsyncDisposable,
    epoch: number,
    ends: System["ends"],
  ) {
    this.root = root;
    this.actors = actors;
    this.sender = sender;
    this.ends = ends;
    const id = (role: Role) => actors.get(role)!.messenger.id;
    this.aim = {
      ...{ run, epoch, trainingHash: trainingHash(config.training) },
      ...{ coordinator: id("coordinator"), trainer: id("trainer") },
      ...{ dataEnv: id("data-env"), evaluator: id("evaluator") },
    };
    for (const [index, { stop, end }] of ends.entries()) {
      const note = (why: string) => {
        if (!stop.signal.aborted) this.ended ??= why;
      };
      end.then(
        () => note(`${fuzzed[index]} ended by itself`),
        (error) => note(`${fuzzed[index]}: ${error instanceof Error ? error.stack : error}`),
      );
    }
  }

  /** Starts the actors; resolves once the run trains. */
  static async begin(): Promise<System> {
    const root = await mkdtemp(join(tmpdir(), "memnet-fuzz-"));
    const network = memoryNetwork();
    const actors = new Map<Role, Actor & AsyncDisposable>();
    for (const role of fuzzed) actors.set(role, await testActor(network, role));
    const sender = await testActor(network, "operator");
    const training = new Promise<number>((resolve) => {
      sender.messenger.hear(messages.announce, subjects.announce, ({ step, epoch, ...said }) => {
        if (said.run === run && step > 0) resolve(epoch);
      });
    });
    const work: Record<(typeof fuzzed)[number], (actor: Actor, stop: AbortSignal) => Promise<unknown>> = {
      evaluator: (actor, stop) =>
        evaluate(
          { actor, root, disk: systemDisk, measurer: inProcessMeasurer(), versions: {}, listenMs: 0 },
          stop,
        ),
      coordinator: (actor, stop) =>
        coordinate(
          {
            actor,
            createUpdater: async (learner) =>
              localUpdater(await createStepper(learner), await combinerFor(learner)),
            createArbiter: () => null,
            chance: () => 1,
          },
          { run, fresh: false, config, initial: null, exitAtEnd: true, joinable: true },
          stop,
        ),
      "data-env": (actor, stop) => makeBatches({ actor, maker: new TaskMaker() }, stop),
      trainer: (actor, stop) =>
        train(
          {
            actor,
            createComputer: (settings) =>
              EngineComputer.create(settings, { between: () => new Promise(setImmediate) }),
            createCombiner,
            secret: "0123456789abcdef".repeat(2),
          },
          { run: null },
          stop,
        ),
    };
    const ends = fuzzed.map((role) => {
      const stop = new AbortController();
      return { stop, end: work[role](actors.get(role)!, stop.signal) };
    });
    const epoch = await Promise.race([training, ...ends.map(({ end }) => end.then(() => 0))]);
    return new System(root, actors, sender, epoch, ends);
  }

  /** Sends a forged message, and waits for no answer. */
  send({ subject, bytes, isQuestion }: Forged): void {
    const { bus } = this.sender.messenger;
    const packet = Packet.received(bytes);
    if (!isQuestion) bus.publish(subject, packet);
    else if (this.sent++ % 16 === 0) bus.request(subject, packet, 1000).catch(() => {});
    else void bus.requestMany(subject, packet, 1).catch(() => {});
  }

  /** Returns which actors do not answer; null if all do. */
  async silent(): Promise<string | null> {
    const here = new Set((await everybody(this.sender)).map(({ id }) => id));
    const missing = [...this.actors].filter(([, { messenger }]) => !here.has(messenger.id));
    return missing.length === 0 ? null : missing.map(([role]) => role).join(", ");
  }

  /** The steps that the coordinator has taken. */
  async step(): Promise<number> {
    const found = (await everybody(this.sender)).find(({ role }) => role === "coordinator");
    return Number(found?.detail.step ?? -1);
  }

  /** What the actors have rejected and refused, by kind and reason, and how many messages they accepted. */
  async counts(): Promise<{ readonly rejected: Map<string, number>; readonly accepted: number }> {
    const rejected = new Map<string, number>();
    let accepted = 0;
    for (const { metrics } of this.actors.values()) {
      for (const [name, reason] of [
        ["memnet_messages_rejected_total", "reason"],
        ["memnet_questions_refused_total", "code"],
      ] as const) {
        for (const { labels, value } of (await metrics.registry.getSingleMetric(name)!.get()).values) {
          const key = `${labels.kind} ${labels[reason]}`;
          rejected.set(key, (rejected.get(key) ?? 0) + value);
        }
      }
      const heard = await metrics.registry.getSingleMetric("memnet_messages_total")!.get();
      for (const { labels, value } of heard.values) if (labels.direction === "in") accepted += value;
    }
    return { rejected, accepted };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A coordinator waits for the evaluator that is to store its last snapshot, so the evaluator ends last.
    for (const { stop, end } of this.ends.toReversed()) {
      stop.abort();
      await Promise.allSettled([end]);
    }
    for (const actor of [...this.actors.values(), this.sender]) await actor[Symbol.asyncDispose]();
    await rm(this.root, { recursive: true, force: true });
  }
}
