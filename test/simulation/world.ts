/** A whole system in one process: its processes, the supervisor that restarts them, and what faults do to them. */

import type { Role } from "@memnet/protocol";
import type { Cuts, Disk, LogFields, LogLevel } from "@memnet/service";
import { microBatchCount } from "memnet";
import { live } from "./actors.ts";
import { Chance } from "./chance.ts";
import { SimulatedDisk } from "./disk.ts";
import { expected } from "./endings.ts";
import { Invariants } from "./invariants.ts";
import { Moments } from "./moments.ts";
import { calm, Network, type SimulatedBus, type Weather } from "./network.ts";
import { Process } from "./process.ts";
import type { Scenario } from "./scenarios.ts";
import { Timeline } from "./timeline.ts";
import { honest } from "./twists.ts";

/** The delay before a supervisor restarts a process that ended. */
const restartMs = [50, 600] as const;
/** Processes' clocks start from different moments, and machines disagree on the time of day. */
const clockMsMax = 1e7;
const wallMsMax = 600_000;
/** How many log lines and events a failure shows. */
const rememberedMax = 4000;

/** One process of each role, and three trainers. */
export const slots = ["evaluator", "coordinator", "trainer1", "trainer2", "trainer3", "dataenv"] as const;
export type SlotName = (typeof slots)[number];

const roles: Record<SlotName, Role> = {
  evaluator: "evaluator",
  coordinator: "coordinator",
  trainer1: "trainer",
  trainer2: "trainer",
  trainer3: "trainer",
  dataenv: "data-env",
};

export interface Living {
  readonly process: Process;
  readonly bus: SimulatedBus;
  /** The slot that is filled again once the process ends; undefined for a double. */
  readonly slot: SlotName | undefined;
  /** Whether it has been a liar. */
  lied: boolean;
}

export interface WorldOptions {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly weather: Weather;
  /** How much slower the first trainer computes. */
  readonly slowness: number;
  /** Lengths at which bodies are cut; those of real messages if omitted. */
  readonly cuts?: Cuts;
}

export class World {
  readonly timeline = new Timeline();
  readonly network: Network;
  readonly moments = new Moments();
  readonly invariants: Invariants;
  readonly disk: SimulatedDisk;
  /** What happened, the newest last. */
  readonly story: string[] = [];
  /** Failures that no invariant covers: a service threw an error that it never should. */
  readonly failures: string[] = [];
  /** The probability that a disk operation fails, and the error. */
  diskTrouble: { readonly code: "EIO" | "ENOSPC"; readonly probability: number } | undefined;
  /** Called just before each disk operation of an evaluator, to strike in the middle of writing. */
  trap: ((operation: string, one: Living) => void) | undefined;
  /** Whether the run has ended correctly. */
  ended = false;
  private readonly options: WorldOptions;
  private readonly pace: Chance;
  private readonly audits: Chance;
  private readonly diskChance: Chance;
  private living: Living[] = [];
  /** The time until which a slot's process is not restarted. */
  private readonly withheld = new Map<SlotName, number>();
  private nextId = 1;

  constructor(options: WorldOptions) {
    const { seed, scenario } = options;
    this.options = options;
    this.pace = new Chance(seed, "pace");
    this.audits = new Chance(seed, "audits");
    this.diskChance = new Chance(seed, "disk");
    this.disk = new SimulatedDisk(this.diskChance.uniform);
    this.invariants = new Invariants(scenario, this.disk);
    const { moments, invariants } = this;
    this.network = new Network(this.timeline, new Chance(seed, "network"), {
      published(from, subject, data) {
        invariants.published(from, subject, data);
        moments.does(from, `says ${subject}`);
      },
      answered(from, subject, data, answer) {
        invariants.answered(from, subject, data, answer);
        moments.does(from, `answers ${subject}`);
      },
    });
    this.network.weather = options.weather;
  }

  begin(): void {
    for (const slot of slots) this.start(slot);
  }

  /** Whether there is nothing more to wait for. */
  get over(): boolean {
    return this.ended || this.failures.length > 0 || this.invariants.broken.length > 0;
  }

  of(slot: SlotName): Living | undefined {
    return this.living.find((one) => one.slot === slot);
  }

  /** Undefined once the process has ended. */
  find(process: Process): Living | undefined {
    return this.living.find((one) => one.process === process);
  }

  all(): readonly Living[] {
    return this.living;
  }

  /** Number of micro-batches in a step. */
  get leaves(): number {
    return microBatchCount(this.options.scenario.config.training);
  }

  /** Starts a second process of a slot's role, which is not restarted. */
  double(slot: SlotName): void {
    this.spawn(roles[slot], undefined, this.options.slowness);
  }

  kill(one: Living): void {
    const { process, bus } = one;
    this.tell(`${process.id} is killed`);
    process.kill();
    this.gone(one);
    // Data that it wrote to its socket may still be sent.
    if (this.pace.happens(0.5)) bus.disconnect();
    else bus.cut();
  }

  /** Kills a process and does not restart it for this long. */
  withhold(slot: SlotName, ms: number): void {
    this.withheld.set(slot, this.timeline.now + ms);
    const one = this.of(slot);
    if (one) this.kill(one);
  }

  /** Cuts the power of the machine with the disk. */
  crash(): void {
    for (const one of this.living.filter(({ process }) => process.role === "evaluator")) this.kill(one);
    this.tell("the evaluator's machine crashes");
    this.disk.crash();
    this.invariants.checkDurable("after a crash");
  }

  /** Stops everything, and cuts the power of the machine with the disk. @returns the disk as found afterwards */
  afterCrash(): Disk {
    for (const { process } of this.living) process.kill();
    this.disk.crash();
    return this.disk.mount(async () => {});
  }

  /** From now on nothing fails any more. */
  calmDown(): void {
    this.network.weather = calm;
    this.diskTrouble = undefined;
    this.moments.disarm();
    // Those that were found to lie are excluded until they restart.
    for (const one of this.living.filter(({ lied }) => lied)) this.kill(one);
    for (const { process, bus } of this.living) {
      process.resume();
      process.spoils = false;
      bus.isolated = false;
      bus.twist = honest;
      bus.reconnect();
    }
  }

  tell(what: string): void {
    this.story.push(`${(this.timeline.now / 1000).toFixed(3)} ${what}`);
    if (this.story.length > rememberedMax) this.story.splice(0, rememberedMax / 2);
  }

  private start(slot: SlotName): void {
    if (this.of(slot) || this.ended) return;
    const waitMs = (this.withheld.get(slot) ?? 0) - this.timeline.now;
    if (waitMs > 0) {
      this.timeline.after(waitMs, () => this.start(slot));
      return;
    }
    this.spawn(roles[slot], slot, slot === "trainer1" ? this.options.slowness : 1);
  }

  private spawn(role: Role, slot: SlotName | undefined, slowness: number): void {
    const id = `${role.replace("-", "")}${this.nextId++}`;
    const clockMs = Math.floor(this.pace.between(0, clockMsMax));
    const wallMs = Math.floor(this.pace.between(-wallMsMax, wallMsMax));
    const process = new Process(this.timeline, role, id, clockMs, wallMs);
    const bus = this.network.connectProcess(process);
    const one: Living = { process, bus, slot, lied: false };
    this.living.push(one);
    this.tell(`${id} starts`);
    const turn = (operation: string) => {
      this.moments.does(process, `disk ${operation}`);
      if (process.role === "evaluator") this.trap?.(operation, one);
      return process.spend(this.diskChance.between(0.1, 2));
    };
    const disk = this.disk.mount(turn, {
      fault: (_operation, path) => {
        // The service cannot repair anything above the runs folder.
        const trouble = path === "/" ? undefined : this.diskTrouble;
        return trouble && this.diskChance.happens(trouble.probability) ? trouble.code : null;
      },
      changed: (change, path) => this.invariants.changed(process, change, path),
    });
    const said = (who: Process, level: LogLevel, message: string, fields: LogFields) =>
      this.tell(`${who.id} ${level}: ${message} ${JSON.stringify(fields, plainErrors)}`);
    const serving = (who: Process) => this.invariants.serves(who);
    const { cuts, scenario } = this.options;
    const { config } = scenario;
    const judging = { audits: this.audits, judges: config.operation.audit > 0 };
    live({
      process,
      bus,
      disk,
      config,
      chance: this.pace,
      ...judging,
      slowness,
      ...(cuts && { cuts }),
      said,
      serving,
    }).then(
      (outcome) => {
        this.tell(`${id} ends${outcome ? `: ${JSON.stringify(outcome)}` : ""}`);
        // A coordinator that slept as it reported the end may have been followed by another that has not ended yet.
        if (outcome?.state === "ended" && this.invariants.holds(process)) {
          this.invariants.ended(outcome.step);
          this.ended = true;
        }
        if (outcome?.state === "failed") this.failures.push(`${id} failed the run: ${outcome.reason}`);
        this.leave(one);
      },
      (error: unknown) => {
        this.tell(`${id} ends with ${error}`);
        if (!expected(error)) this.failures.push(`${id} ended with ${stackOf(error)}`);
        this.leave(one);
      },
    );
  }

  /** A process that ended by itself notifies the broker. */
  private leave(one: Living): void {
    one.process.kill();
    one.bus.disconnect();
    this.gone(one);
  }

  private gone(one: Living): void {
    this.living = this.living.filter((other) => other !== one);
    const { slot } = one;
    if (slot) this.timeline.after(this.pace.between(...restartMs), () => this.start(slot));
  }
}

function plainErrors(_key: string, value: unknown): unknown {
  return value instanceof Error ? `${value.name}: ${value.message}` : value;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? `${error.stack}` : String(error);
}
