/** Simulates a sweep: workers, an evaluator and the sweep's owner, all of which are killed, paused and cut off. */

import { run as coordinate, type Outcome } from "@memnet/coordinator";
import { run as evaluate } from "@memnet/evaluator";
import { messages, type Role, subjects } from "@memnet/protocol";
import { readRun } from "@memnet/runs";
import { type Disk, Gateway, type LogFields, type LogLevel, sleep } from "@memnet/service";
import { run as train } from "@memnet/trainer";
import { encodeJob, type Job, type TrainEnd, run as work } from "@memnet/worker";
import {
  actorOf,
  computerOf,
  createCombiner,
  measurerOf,
  root,
  type Surroundings,
  secretOf,
  updaterOf,
} from "./actors.ts";
import { Chance } from "./chance.ts";
import { SimulatedDisk } from "./disk.ts";
import { expected } from "./endings.ts";
import { drawWeather } from "./faults.ts";
import { calm, Network, type SimulatedBus } from "./network.ts";
import { Process } from "./process.ts";
import { QueueServer } from "./queue.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { Timeline } from "./timeline.ts";

const sweep = "swept";
const slots = ["evaluator", "owner", "worker1", "worker2", "worker3"] as const;
type SlotName = (typeof slots)[number];
const roles: Record<SlotName, Role> = {
  evaluator: "evaluator",
  owner: "operator",
  worker1: "worker",
  worker2: "worker",
  worker3: "worker",
};

const restartMs = [50, 2000] as const;
const faultsUntilMs = 40_000;
const endWithinMs = 400_000;
const lookMs = 2000;

interface Living {
  readonly slot: SlotName;
  readonly process: Process;
  readonly bus: SimulatedBus;
}

export interface SimulatedSweep {
  readonly failures: readonly string[];
  readonly story: readonly string[];
  readonly digest: number;
  /** How often a worker began to train a run. */
  readonly begun: number;
}

/** The runs by name: each scenario once. */
export async function simulateSweep(seed: number): Promise<SimulatedSweep> {
  const runs = new Map((await scenarios()).map((scenario, at) => [`run-${at}`, scenario]));
  return new SweepWorld(seed, runs).simulate();
}

class SweepWorld {
  private readonly timeline = new Timeline();
  private readonly network: Network;
  private readonly disk: SimulatedDisk;
  private readonly queue: QueueServer;
  private readonly pace: Chance;
  private readonly faults: Chance;
  private readonly runs: ReadonlyMap<string, Scenario>;
  private readonly living = new Map<SlotName, Living>();
  private readonly story: string[] = [];
  private readonly failures: string[] = [];
  private nextId = 1;
  private begun = 0;
  private over = false;

  constructor(seed: number, runs: ReadonlyMap<string, Scenario>) {
    this.runs = runs;
    this.pace = new Chance(seed, "pace");
    this.faults = new Chance(seed, "faults");
    this.disk = new SimulatedDisk(new Chance(seed, "disk").uniform);
    const chance = new Chance(seed, "network");
    this.network = new Network(this.timeline, chance, { published() {}, answered() {} });
    this.network.weather = drawWeather(this.faults);
    this.queue = new QueueServer(this.timeline, this.pace);
  }

  async simulate(): Promise<SimulatedSweep> {
    const unhandled = (error: unknown) => this.failures.push(`Unhandled rejection: ${error}`);
    process.on("unhandledRejection", unhandled);
    try {
      this.drawFaults();
      for (const slot of slots) this.start(slot);
      const isOver = () => this.over || this.failures.length > 0;
      if (!(await this.timeline.pass(isOver, faultsUntilMs + endWithinMs)))
        this.failures.push(`The sweep has not ended ${endWithinMs / 1000} s after the last fault`);
      if (this.failures.length === 0) await this.check();
    } finally {
      process.off("unhandledRejection", unhandled);
    }
    return { failures: this.failures, story: this.story, digest: this.timeline.digest, begun: this.begun };
  }

  /** Each run has ended with its bits, and has each step once. */
  private async check(): Promise<void> {
    for (const { process } of this.living.values()) process.kill();
    const disk = this.disk.mount(async () => {});
    for (const [name, { lastStep, steps }] of this.runs) {
      const { state, lines } = await readRun(disk, root, name);
      const of = (kind: string) => lines.filter((line) => line.kind === kind);
      const last = of("checkpoint").at(-1);
      if (state.state !== "ended") this.failures.push(`${name} is ${state.state}: ${state.reason}`);
      if (last?.step !== lastStep || last.sha256 !== steps[lastStep]!.parametersHash)
        this.failures.push(`${name} ends with ${JSON.stringify(last)}`);
      const taken = of("step").map(({ step }) => step);
      const wanted = Array.from({ length: lastStep }, (_, at) => at + 1);
      if (JSON.stringify(taken) !== JSON.stringify(wanted))
        this.failures.push(`${name} has the steps ${taken}`);
    }
  }

  private drawFaults(): void {
    const count = Math.floor(this.faults.between(0, 12));
    for (let fault = 0; fault < count; fault++) {
      const slot = this.faults.pick(slots);
      const ms = 20 * 1000 ** this.faults.uniform();
      const kind = this.faults.pick(["kill", "terminate", "pause", "cut", "isolate", "queue"] as const);
      this.timeline.after(this.faults.between(0, 20_000), () => {
        const one = this.living.get(slot);
        this.tell(`FAULT ${kind} ${slot} ${ms.toFixed(0)} ms`);
        if (kind === "queue") this.queue.lose();
        if (!one) return;
        const { process, bus } = one;
        const after = (undo: () => void) => this.timeline.after(ms, undo);
        if (kind === "kill") this.kill(one);
        if (kind === "terminate") process.terminate();
        if (kind === "pause") {
          process.pause();
          after(() => process.resume());
        }
        if (kind === "cut") {
          bus.cut();
          after(() => bus.reconnect());
        }
        if (kind === "isolate") {
          bus.isolated = true;
          after(() => {
            bus.isolated = false;
          });
        }
      });
    }
    this.timeline.after(faultsUntilMs, () => {
      this.network.weather = calm;
      for (const { process, bus } of this.living.values()) {
        process.resume();
        bus.isolated = false;
        bus.reconnect();
      }
    });
  }

  private start(slot: SlotName): void {
    const id = `${slot}x${this.nextId++}`;
    const process = new Process(this.timeline, roles[slot], id, Math.floor(this.pace.between(0, 1e7)));
    const bus = this.network.connectProcess(process);
    const one: Living = { slot, process, bus };
    this.living.set(slot, one);
    this.tell(`${id} starts`);
    const disk = this.disk.mount(() => process.spend(this.pace.between(0.1, 2)));
    this.live(one, disk)
      .then(
        () => this.tell(`${id} ends`),
        (error: unknown) => {
          this.tell(`${id} ends with ${error}`);
          if (!expected(error)) this.failures.push(`${id} ended with ${(error as Error).stack}`);
        },
      )
      .then(() => this.leave(one));
  }

  private kill(one: Living): void {
    one.process.kill();
    one.bus.cut();
    this.leave(one);
  }

  private leave(one: Living): void {
    one.process.kill();
    one.bus.disconnect();
    if (this.living.get(one.slot) !== one) return;
    this.living.delete(one.slot);
    if (!this.over) this.timeline.after(this.pace.between(...restartMs), () => this.start(one.slot));
  }

  private async live(one: Living, disk: Disk): Promise<void> {
    const { process } = one;
    const { signal } = process.stopping;
    const first = [...this.runs.values()][0]!;
    const around = this.surroundings(one, disk, first.config);
    const actor = actorOf(around);
    if (process.role === "evaluator") {
      const measurer = measurerOf(around);
      return evaluate({ actor, disk, root, measurer, versions: {}, onServing: () => {} }, signal);
    }
    const queue = this.queue.seenBy(process, () => one.bus.connected && !one.bus.isolated);
    if (process.role === "worker") {
      const gateway = new Gateway(one.bus, process.clock);
      const train = (job: Job, _lane: number, stop: AbortSignal) => this.train(one, disk, gateway, job, stop);
      await work({ actor, queue, train }, { kind: "cpu", lanes: 1 }, signal);
      return;
    }
    // The owner fills the queue with what has not ended, and fills it again if that is lost.
    while (!signal.aborted && !this.over) {
      await sleep(process.clock, lookMs, signal);
      try {
        const ask = actor.messenger.ask(
          messages.listRuns,
          messages.runList,
          subjects.evaluator.runs,
          {},
          5000,
        );
        const ended = new Set(
          (await ask).fields.runs.filter(({ state }) => state === "ended").map(({ run }) => run),
        );
        const left = [...this.runs].filter(([name]) => !ended.has(name));
        for (const [run, { config }] of left)
          await queue.put({ kind: "cpu", sweep, run, payload: encodeJob({ run, config, initial: null }) });
        if (left.length === 0) this.over = true;
      } catch (error) {
        this.tell(`${process.id} waits: ${error}`);
      }
    }
  }

  /** Trains a run in the worker's process, on its own network, as a host does. */
  private async train(
    worker: Living,
    disk: Disk,
    gateway: Gateway,
    { run, config }: Job,
    signal: AbortSignal,
  ): Promise<TrainEnd> {
    const { process } = worker;
    this.begun++;
    this.tell(`${process.id} begins ${run}`);
    while (!signal.aborted) {
      const around = (role: Role): Surroundings => {
        const bus = gateway.connect({ role, id: `${process.id}y${this.nextId++}`, clock: process.clock });
        return { ...this.surroundings(worker, disk, config), bus };
      };
      const stopTrainer = new AbortController();
      const [leading, training] = [around("coordinator"), around("trainer")];
      const trainer = train(
        {
          actor: actorOf(training, "trainer"),
          createComputer: async () => computerOf(training),
          createCombiner,
          secret: secretOf(training.bus.id),
        },
        { run },
        stopTrainer.signal,
      );
      try {
        const outcome: Outcome = await coordinate(
          {
            actor: actorOf(leading, "coordinator"),
            createUpdater: async (learner) => updaterOf(leading, learner),
            createArbiter: () => null,
            chance: leading.audits.uniform,
          },
          { run, fresh: false, config, initial: null, exitAtEnd: true, joinable: false },
          signal,
        );
        this.tell(`${process.id} ends ${run}: ${JSON.stringify(outcome)}`);
        if (outcome.state === "failed") return { kind: "failed", why: outcome.reason ?? "" };
        return { kind: signal.aborted ? "stopped" : "over" };
      } catch (error) {
        this.tell(`${process.id} leaves ${run}: ${error}`);
        if (!expected(error)) throw error;
        if ((error as Error).name === "FencedError") return { kind: "elsewhere" };
      } finally {
        stopTrainer.abort();
        await trainer;
        await leading.bus.close();
        await training.bus.close();
      }
      await sleep(process.clock, 100, signal);
    }
    return { kind: "stopped" };
  }

  private surroundings({ process, bus }: Living, disk: Disk, config: Surroundings["config"]): Surroundings {
    const said = (who: Process, level: LogLevel, message: string, fields: LogFields) =>
      this.tell(`${who.id} ${level}: ${message} ${JSON.stringify(fields)}`);
    return {
      process,
      bus,
      disk,
      config,
      chance: this.pace,
      audits: this.pace,
      judges: false,
      slowness: 1,
      said,
      serving: () => {},
    };
  }

  private tell(what: string): void {
    this.story.push(`${(this.timeline.now / 1000).toFixed(3)} ${what}`);
  }
}
