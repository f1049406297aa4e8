/**
 * A model of a run with many trainers. The decisions are the real ones: the coordinator's core and the trainers' desks.
 * Processors and links are lines in which work waits for its turn, and what a piece of work takes is a parameter.
 */

import { bodyBytesMax, rangeBytesMax } from "@memnet/protocol";
import type { TreeNode } from "memnet";
import { Core } from "../../../services/coordinator/src/core/core.ts";
import type { Effect, Event, Result } from "../../../services/coordinator/src/core/events.ts";
import { Desk } from "../../../services/trainer/src/desk.ts";
import { Agenda, Line } from "./agenda.ts";

/** Milliseconds of a processor: for each message, and for each megabyte in it. */
export interface Cost {
  readonly ms: number;
  readonly msPerMegabyte: number;
}

export interface Costs {
  readonly coordinator: {
    /** From the bytes on the socket to the core's decision. */
    readonly result: Cost;
    readonly heartbeat: Cost;
    /** Sends the parameters once, or a range of them. */
    readonly send: Cost;
    /** Adds a part of the sum. */
    readonly add: Cost;
    /** Divides, clips, updates and hashes. */
    readonly update: Cost;
  };
  /** nats-server passes a message to one subscriber. */
  readonly server: Cost;
  readonly trainer: {
    /** Receives parameters and checks their hash. */
    readonly step: Cost;
    /** Hashes and sends a result. */
    readonly result: Cost;
  };
}

export interface Links {
  /** From one process to another by way of nats-server. */
  readonly latencyMs: number;
  /** Of a trainer's link and the coordinator's. */
  readonly gigabits: number;
  readonly serverGigabits: number;
}

export interface StarModel {
  readonly trainers: number;
  /** Micro-batches of a step. */
  readonly microBatches: number;
  readonly parameters: number;
  /** How long a trainer computes for a micro-batch. */
  readonly computeMs: number;
  readonly costs: Costs;
  readonly links: Links;
  /** Processor cores of nats-server's machine. */
  readonly serverCores: number;
  /** If given, all processes share the cores of one machine, and its links cost nothing. */
  readonly sharedCores?: number;
}

export interface StarFigures {
  readonly stepsPerSecond: number;
  /** How busy each part is, from 0 to 1; of the trainers, the mean. */
  readonly busy: Readonly<
    Record<"coordinator" | "coordinator's link" | "server" | "server's link" | "trainers", number>
  >;
  /** Nodes that were given out more than once, of each thousand. */
  readonly reissued: number;
  readonly lost: number;
}

const heartbeatMs = 250;
const tickMs = 20;
const secret = "secret";
const kindsReissued = new Set(["lost-trainer", "deadline", "duplicate", "repair"]);

/** @param steps how many are timed, after as many that are not */
export function simulateStar(model: StarModel, steps: number): StarFigures {
  return new Star(model).timed(steps);
}

interface Trainer {
  readonly id: string;
  readonly desk: Desk<true>;
  readonly processor: Line;
  readonly link: Line;
  working: boolean;
}

class Star {
  private readonly agenda = new Agenda();
  private readonly model: StarModel;
  private readonly bytes: number;
  private readonly core: Core;
  private readonly coordinator: Line;
  private readonly server: Line;
  private readonly coordinatorsLink = { out: new Line(this.agenda), in: new Line(this.agenda) };
  private readonly serversLink = new Line(this.agenda);
  private readonly trainers: Trainer[];
  private readonly byId: ReadonlyMap<string, Trainer>;
  private hash = "p0";
  private results = 0;
  private reissued = 0;
  private lost = 0;

  constructor(model: StarModel) {
    this.model = model;
    this.bytes = 4 * model.parameters;
    const { agenda } = this;
    const shared = model.sharedCores === undefined ? undefined : new Line(agenda, model.sharedCores);
    this.coordinator = shared ?? new Line(agenda);
    this.server = shared ?? new Line(agenda, model.serverCores);
    this.trainers = Array.from({ length: model.trainers }, (_, index) => ({
      id: `trainer${index}`,
      desk: new Desk<true>(),
      processor: shared ?? new Line(agenda),
      link: new Line(agenda),
      working: false,
    }));
    this.byId = new Map(this.trainers.map((trainer) => [trainer.id, trainer]));
    this.core = new Core({
      ...{ steps: 1e9, evaluateEvery: 1e9, checkpointEvery: 1000, until: false, kept: 0, step: 0 },
      ...{ leaves: model.microBatches, nonFinite: "skip", relaxed: false, fingerprint: "f", skipped: 0 },
      ...{ ownTask: null, parametersHash: this.hash, audit: 0, chance: () => 1, arbiter: false, audited: 0 },
      // A single trainer does not lead here, so that one point compares with the others.
      ...{ excluded: [], suspects: [], leadWindow: 0, branchesFrom: 0 },
    });
  }

  timed(steps: number): StarFigures {
    const { agenda, trainers } = this;
    for (const [index, { id }] of trainers.entries()) {
      this.handle({
        ...{ kind: "join", token: index, trainer: id, secret, machine: id, batch: "b" },
        fingerprints: ["f", "f"],
      });
      // Their heartbeats are spread over the interval.
      agenda.after((heartbeatMs * index) / trainers.length, () => this.beat(trainers[index]!));
    }
    this.tick();
    const endMs = 3_600_000;
    agenda.pass(() => this.core.step >= steps, endMs);
    const [fromMs, fromStep] = [agenda.now, this.core.step];
    const before = this.busyMs();
    [this.results, this.reissued] = [0, 0];
    agenda.pass(() => this.core.step >= fromStep + steps, fromMs + endMs);
    const ms = agenda.now - fromMs;
    const after = this.busyMs();
    const busy = Object.fromEntries(
      Object.entries(after).map(([name, spent]) => [
        name,
        (spent - before[name as keyof typeof before]) / ms,
      ]),
    ) as StarFigures["busy"];
    return {
      stepsPerSecond: (1000 * (this.core.step - fromStep)) / ms,
      busy,
      reissued: (1000 * this.reissued) / Math.max(1, this.results),
      lost: this.lost,
    };
  }

  private busyMs() {
    const { trainers, coordinatorsLink: link } = this;
    return {
      coordinator: this.coordinator.busyMs,
      "coordinator's link": Math.max(link.in.busyMs, link.out.busyMs),
      server: this.server.busyMs / this.model.serverCores,
      "server's link": this.serversLink.busyMs,
      trainers: trainers.reduce((sum, { processor }) => sum + processor.busyMs, 0) / trainers.length,
    };
  }

  private handle(event: Event): void {
    for (const effect of this.core.handle(event, this.agenda.now)) this.perform(effect);
  }

  private perform(effect: Effect): void {
    switch (effect.kind) {
      case "broadcast": {
        const mine = new Map(effect.assignments.map(({ trainer, nodes }) => [trainer, nodes]));
        const { step } = effect;
        const { hash } = this;
        this.broadcast((trainer) => this.hears(trainer, step, hash, mine.get(trainer.id) ?? []));
        return;
      }
      case "assign": {
        const trainer = this.byId.get(effect.trainer)!;
        const { step, nodes, attempt } = effect;
        const { hash } = this;
        this.toTrainer(trainer, 0, () => this.give(trainer, step, hash, nodes, attempt));
        return;
      }
      case "add": {
        const { parts } = effect;
        const { add, update } = this.model.costs.coordinator;
        const ms = parts.length * this.costOf(add, this.bytes) + this.costOf(update, this.bytes);
        this.coordinator.use(ms, () => {
          const step = this.core.step + 1;
          this.hash = `p${step}`;
          const record = { step, loss: 1, gradientNorm: 1 };
          this.handle({ kind: "updated", record, parametersHash: this.hash, sums: [] });
        });
        return;
      }
      case "snapshot":
        this.agenda.after(100, () => this.handle({ kind: "acknowledged", step: effect.step }));
        return;
      case "reissue":
        if (kindsReissued.has(effect.reason)) this.reissued++;
        return;
      case "event":
        if (effect.event === "lost") this.lost++;
        return;
      case "end":
      case "back":
        throw new Error(`The model's run must not end: ${JSON.stringify(effect)}`);
    }
  }

  /** Sends the parameters to all trainers: with the message, or as ranges that each of them pulls. */
  private broadcast(arrived: (trainer: Trainer) => void): void {
    const { send } = this.model.costs.coordinator;
    const isPulled = this.bytes > bodyBytesMax;
    const pushed = isPulled ? 0 : this.bytes;
    this.coordinator.use(this.costOf(send, pushed), () => {
      this.coordinatorsLink.out.use(this.linkMs(pushed), () => {
        for (const trainer of this.trainers) {
          this.toTrainer(trainer, pushed, () => {
            if (isPulled) this.pull(trainer, this.bytes, () => arrived(trainer));
            else arrived(trainer);
          });
        }
      });
    });
  }

  /** A trainer pulls range after range from the coordinator. */
  private pull(trainer: Trainer, left: number, then: () => void): void {
    if (left <= 0) {
      then();
      return;
    }
    const range = Math.min(left, rangeBytesMax);
    this.toCoordinator(trainer, 0, () => {
      this.coordinator.use(this.costOf(this.model.costs.coordinator.send, range), () => {
        this.coordinatorsLink.out.use(this.linkMs(range), () => {
          this.toTrainer(trainer, range, () => this.pull(trainer, left - range, then));
        });
      });
    });
  }

  /** The coordinator pulls a result, range after range. */
  private pullBack(trainer: Trainer, left: number, then: () => void): void {
    if (left <= 0) {
      then();
      return;
    }
    const range = Math.min(left, rangeBytesMax);
    this.toTrainer(trainer, 0, () => {
      this.toCoordinator(trainer, range, () => this.pullBack(trainer, left - range, then));
    });
  }

  private toTrainer(trainer: Trainer, bytes: number, then: () => void): void {
    this.server.use(this.costOf(this.model.costs.server, bytes), () => {
      this.serversLink.use(this.linkMs(bytes, this.model.links.serverGigabits), () => {
        trainer.link.use(this.linkMs(bytes), () => this.agenda.after(this.model.links.latencyMs, then));
      });
    });
  }

  private toCoordinator(trainer: Trainer, bytes: number, then: () => void): void {
    trainer.link.use(this.linkMs(bytes), () => {
      this.server.use(this.costOf(this.model.costs.server, bytes), () => {
        this.coordinatorsLink.in.use(this.linkMs(bytes), () =>
          this.agenda.after(this.model.links.latencyMs, then),
        );
      });
    });
  }

  private hears(trainer: Trainer, step: number, hash: string, nodes: readonly TreeNode[]): void {
    trainer.processor.use(this.costOf(this.model.costs.trainer.step, this.bytes), () => {
      trainer.desk.take({ epoch: 1, step }, hash);
      this.give(trainer, step, hash, nodes, 0);
    });
  }

  private give(
    trainer: Trainer,
    step: number,
    hash: string,
    nodes: readonly TreeNode[],
    attempt: number,
  ): void {
    for (const node of nodes) {
      const given = trainer.desk.give({ epoch: 1, step }, hash, node, attempt);
      if (given === "done") this.publish(trainer, step, hash, node, attempt);
    }
    if (!trainer.working) this.work(trainer);
  }

  private work(trainer: Trainer): void {
    const job = trainer.desk.next();
    trainer.working = job !== undefined;
    if (!job) return;
    const { position, node, attempt } = job;
    const hash = trainer.desk.parametersHash;
    const { computeMs, costs } = this.model;
    const compute = (leaf: number): void => {
      // Newer parameters end the work on older ones at the next micro-batch.
      if (trainer.desk.position.step !== position.step) {
        trainer.desk.abandon(job);
        this.work(trainer);
      } else if (leaf < node.hi) trainer.processor.use(computeMs, () => compute(leaf + 1));
      else
        trainer.processor.use(this.costOf(costs.trainer.result, this.bytes), () => {
          if (trainer.desk.finish(job, true)) this.publish(trainer, position.step, hash, node, attempt);
          this.work(trainer);
        });
    };
    compute(node.lo);
  }

  private publish(trainer: Trainer, step: number, hash: string, node: TreeNode, attempt: number): void {
    const isPulled = this.bytes > bodyBytesMax;
    const batches = Array.from({ length: node.hi - node.lo }, (_, index) => `b${node.lo + index}`);
    const result: Result = {
      ...{ trainer: trainer.id, machine: trainer.id, step, node, parametersHash: hash, attempt },
      ...{ batchHashes: batches, madeBy: batches.map(() => null), hash: "h", nonFinite: [] },
      sum: { gradient: new Float32Array(0), loss: 1 },
    };
    this.results++;
    const arrived = () =>
      this.coordinator.use(this.costOf(this.model.costs.coordinator.result, this.bytes), () =>
        this.handle({ kind: "result", secret, result }),
      );
    this.toCoordinator(trainer, isPulled ? 0 : this.bytes, () =>
      isPulled ? this.pullBack(trainer, this.bytes, arrived) : arrived(),
    );
  }

  private beat(trainer: Trainer): void {
    const { position, nodes } = trainer.desk;
    this.toCoordinator(trainer, 0, () =>
      this.coordinator.use(this.costOf(this.model.costs.coordinator.heartbeat, 0), () =>
        this.handle({ kind: "heartbeat", trainer: trainer.id, secret, step: position.step, nodes }),
      ),
    );
    this.agenda.after(heartbeatMs, () => this.beat(trainer));
  }

  private tick(): void {
    // A timer of the coordinator's event loop waits for its turn, too.
    this.coordinator.use(0, () => this.handle({ kind: "tick" }));
    this.agenda.after(tickMs, () => this.tick());
  }

  private costOf({ ms, msPerMegabyte }: Cost, bytes: number): number {
    return ms + (msPerMegabyte * bytes) / 1e6;
  }

  private linkMs(bytes: number, gigabits = this.model.links.gigabits): number {
    return this.model.sharedCores === undefined ? (8 * bytes) / (gigabits * 1e6) : 0;
  }
}
