/** Test helper: a broker, a runs folder, evaluators and coordinators, all real except for the measuring. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { blobBytesMax, type Fields, type messages as Messages, messages, subjects } from "@memnet/protocol";
import { checkpointBytes, recordLines, smallConfig } from "@memnet/runs/testing";
import {
  type Actor,
  connect,
  createMetrics,
  type Disk,
  Journal,
  type Log,
  Messenger,
  silentLog,
  systemClock,
  systemDisk,
} from "@memnet/service";
import { memoryNetwork, type TestNetwork } from "@memnet/service/testing";
import { type RunConfig, trainingHash } from "memnet";
import type { MeasureJob, Measurer, SplitFigures } from "./measurer.ts";
import { run } from "./run.ts";

const waitMs = 5000;
type Opened = Extract<Fields<typeof Messages.opened>, { ok: true }>;

/** A measurer with figures by step; checkpointBytes() stores the step in the parameters. */
export function fakeMeasurer(figures: (step: number, job: MeasureJob) => Partial<SplitFigures> = () => ({})) {
  const measured: number[] = [];
  const measurer: Measurer & { measured: number[] } = {
    measured,
    async measure(job) {
      const step = job.parameters[0]!;
      const plain = {
        loss: 1,
        lossBits: 1,
        wrongBits: 10 - step / 10,
        exact: 0,
        sequences: 16 * job.batches,
      };
      const splits = job.beyondBatches > 0 ? ["validation", "length-20"] : ["validation"];
      const lines = splits.map((split) => ({ split, ...plain, ...figures(step, job) }));
      measured.push(step);
      return lines;
    },
    async close() {},
  };
  return measurer;
}

export interface RunningEvaluator extends AsyncDisposable {
  readonly root: string;
  /** Resolves once the evaluator has ended, with the error that ended it. */
  readonly ended: Promise<Error | undefined>;
  stop(): Promise<Error | undefined>;
}

export class World implements AsyncDisposable {
  readonly network: TestNetwork;
  readonly root: string;
  /** What evaluators logged as errors. */
  readonly errors: string[] = [];
  private readonly ends: (() => Promise<unknown>)[] = [];

  private constructor(network: TestNetwork, root: string) {
    this.network = network;
    this.root = root;
  }

  static async begin(): Promise<World> {
    return new World(memoryNetwork(), await mkdtemp(join(tmpdir(), "memnet-runs-")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.ends.reverse()) await end();
    await rm(this.root, { recursive: true, force: true });
  }

  async actor(role: "evaluator" | "coordinator", machine: string): Promise<Actor> {
    const metrics = createMetrics({ service: role, processMetrics: false });
    const bus = await connect(this.network.connection, { role, log: silentLog, metrics });
    this.ends.push(() => bus.close());
    const messenger = new Messenger({ bus, clock: systemClock, log: silentLog, metrics });
    const journal = new Journal();
    const log: Log =
      role === "evaluator" ? { ...silentLog, error: (message) => void this.errors.push(message) } : silentLog;
    return {
      role,
      machine,
      messenger,
      clock: systemClock,
      log,
      metrics,
      journal,
      metricsPort: null,
      metricsPath: "/metrics",
      ready: () => true,
    };
  }

  /** Starts an evaluator. Resolves once it serves, and rejects if it refuses to. */
  async evaluator(
    options: { root?: string; disk?: Disk; measurer?: Measurer; listenMs?: number } = {},
  ): Promise<RunningEvaluator> {
    const { root = this.root, disk = systemDisk, measurer = fakeMeasurer(), listenMs = 20 } = options;
    const actor = await this.actor("evaluator", "keeper");
    const stop = new AbortController();
    let refused: (error: Error) => void = () => {};
    let serving: () => void = () => {};
    const served = new Promise<void>((resolve, reject) => {
      serving = resolve;
      refused = reject;
    });
    const deps = {
      actor,
      disk,
      root,
      measurer,
      versions: { node: "20" },
      listenMs,
      onServing: () => serving(),
    };
    const ended = run(deps, stop.signal).then(
      () => undefined,
      (error: Error) => {
        refused(error);
        return error;
      },
    );
    const end = async () => {
      stop.abort();
      const error = await ended;
      await actor.messenger.bus.close();
      return error;
    };
    this.ends.push(end);
    await served;
    return {
      root,
      ended,
      stop: end,
      [Symbol.asyncDispose]: async () => {
        await end();
      },
    };
  }

  async coordinator(config: RunConfig = smallConfig(), machine = "desk"): Promise<Coordinator> {
    return new Coordinator(await this.actor("coordinator", machine), config);
  }

  /** Returns the lines of a run's metrics.jsonl. */
  async lines(run: string): Promise<Record<string, unknown>[]> {
    const text = await readFile(join(this.root, run, "metrics.jsonl"), "utf8");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  }

  /** Returns the steps of the lines of one kind. */
  async steps(run: string, kind: string): Promise<unknown[]> {
    return (await this.lines(run)).filter((line) => line.kind === kind).map(({ step }) => step);
  }
}

/** The part of a coordinator that an evaluator sees. */
export class Coordinator {
  readonly actor: Actor;
  config: RunConfig;
  opened: Opened | undefined;
  private stopAnswering: (() => void) | undefined;

  constructor(actor: Actor, config: RunConfig) {
    this.actor = actor;
    this.config = config;
  }

  get id(): string {
    return this.actor.messenger.id;
  }

  get fields() {
    const { run, epoch } = this.opened!;
    return { run, epoch, trainingHash: trainingHash(this.config.training) };
  }

  /** Answers that it is alive, until gone() is called. */
  lives(): void {
    const { messenger } = this.actor;
    const subject = subjects.holder(this.id);
    const serving = messenger.serve(messages.alive, messages.aliveAnswer, subject, () => ({
      ok: true as const,
    }));
    this.stopAnswering = () => serving.stop();
  }

  gone(): void {
    this.stopAnswering?.();
  }

  async open(
    request: { run?: string | null; fresh?: boolean; before?: number | null } = {},
  ): Promise<Opened> {
    const { messenger, machine } = this.actor;
    const question = {
      coordinator: this.id,
      machine,
      run: null,
      fresh: false,
      before: null,
      config: this.config as unknown as Fields<typeof Messages.open>["config"],
      ...request,
    };
    const { fields } = await messenger.ask(
      messages.open,
      messages.opened,
      subjects.evaluator.open,
      question,
      waitMs,
    );
    this.opened = fields;
    return fields;
  }

  async snapshot(
    step: number,
    options: { from?: number; bend?: number; epoch?: number; records?: string; owner?: string } = {},
  ) {
    const { messenger } = this.actor;
    const records = options.records ?? recordLines(options.from ?? 1, step);
    const bytes = checkpointBytes(this.config, step, options.bend);
    const checkpoint = messenger.blobs.offer(`checkpoint-${step}`, bytes);
    const question = {
      ...this.fields,
      epoch: options.epoch ?? this.fields.epoch,
      step,
      checkpoint: { ...checkpoint, owner: options.owner ?? checkpoint.owner },
      records: messenger.blobs.offer(`records-${step}`, new TextEncoder().encode(records)),
    };
    await messenger.ask(messages.snapshot, messages.done, subjects.evaluator.snapshot, question, waitMs);
  }

  async progress() {
    const { messenger } = this.actor;
    const { evaluator } = subjects;
    const asked = await messenger.ask(
      messages.progress,
      messages.progressAnswer,
      evaluator.progress,
      this.fields,
      waitMs,
    );
    return asked.fields;
  }

  /** Resolves once every due evaluation is done. */
  async measured() {
    for (;;) {
      const progress = await this.progress();
      if (progress.pending.length === 0) return progress;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async state(state: Fields<typeof Messages.setState>["state"]): Promise<void> {
    const { messenger } = this.actor;
    const fields = { ...this.fields, state, reason: null };
    await messenger.ask(messages.setState, messages.done, subjects.evaluator.state, fields, waitMs);
  }

  async fixFingerprint(fingerprint: string): Promise<void> {
    const { messenger } = this.actor;
    const fields = { ...this.fields, fingerprint };
    await messenger.ask(
      messages.fixFingerprint,
      messages.done,
      subjects.evaluator.fingerprint,
      fields,
      waitMs,
    );
  }

  async doubt(doubt: Pick<Fields<typeof Messages.doubt>, "before" | "excluded" | "suspects">): Promise<void> {
    const { messenger } = this.actor;
    const fields = { ...this.fields, ...doubt };
    await messenger.ask(messages.doubt, messages.done, subjects.evaluator.doubt, fields, waitMs);
  }

  async pulled(blob: NonNullable<Opened["checkpoint"]>["blob"]): Promise<Uint8Array> {
    return this.actor.messenger.pull(blob, "evaluator", blobBytesMax);
  }
}

/** A disk that is out of space while `full` is true: writes fail, and appends write only half. */
export function fillingDisk(): Disk & { full: boolean } {
  const error = () => Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  const disk = {
    ...systemDisk,
    full: false,
    async writeFile(path: string, bytes: Uint8Array) {
      if (!disk.full) return systemDisk.writeFile(path, bytes);
      await systemDisk.writeFile(path, bytes.subarray(0, bytes.length / 2));
      throw error();
    },
    async openAppend(path: string) {
      const file = await systemDisk.openAppend(path);
      const write = async (bytes: Uint8Array) => {
        if (!disk.full) return file.write(bytes);
        await file.write(bytes.subarray(0, bytes.length / 2));
        throw error();
      };
      return { write, sync: () => file.sync(), close: () => file.close() };
    },
    async createExclusive(path: string, bytes: Uint8Array) {
      if (disk.full) throw error();
      return systemDisk.createExclusive(path, bytes);
    },
  };
  return disk;
}
