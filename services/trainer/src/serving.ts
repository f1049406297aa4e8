/**
 * A trainer's part in one run: joins it and computes the assigned nodes until the run is over or the trainer is
 * stopped.
 */

import {
  type BlobRef,
  type Fields,
  floatsOf,
  hashOf,
  messages,
  ProtocolError,
  subjects,
  treeNode,
  type WireBranch,
  type WireNode,
  wireNode,
} from "@memnet/protocol";
import { type Actor, every, type Payload, Recent, type Subscription } from "@memnet/service";
import {
  bytesOf,
  type Combiner,
  decodeCheckpoint,
  isNode,
  isWithin,
  type Learner,
  microBatchCount,
  type TrainingConfig,
  type TreeNode,
} from "memnet";
import type { BatchWindow } from "./batch-window.ts";
import { type Added, Branch } from "./branch.ts";
import type { Announcement, Chooser } from "./chooser.ts";
import type { Computer, NodeAnswer, Probe } from "./computer.ts";
import { Desk, isLater, isSame, type Job, type Position } from "./desk.ts";
import { type Joined, Joiner } from "./joiner.ts";
import type { TrainerMetrics } from "./metrics.ts";
import { Parts } from "./parts.ts";

/** A trainer that misses four heartbeats counts as lost. */
const heartbeatMs = 250;
/** A coordinator that is silent for this long counts as gone; the trainer then looks for another run. */
const silenceMs = 10_000;

type Result = {
  fields: Omit<Fields<typeof messages.result>, "hash" | "blob">;
  hash: string;
  gradient: Uint8Array;
};
type StepMessage = Fields<typeof messages.step>;
/** A step's parameters, or all that taking it needs. */
type Start = { readonly parameters: Float32Array } | { readonly parameters: null; readonly learner: Learner };
type Leave = NonNullable<StepMessage["lead"]>;

/** Why a trainer has left a run. */
export type Left = "over" | "told" | "refused" | "impersonated";

export interface ServingOptions {
  readonly actor: Actor;
  /** Shows the coordinator that a message is this trainer's own. */
  readonly secret: string;
  readonly announcement: Announcement;
  readonly training: TrainingConfig;
  /** Size of the run's parameters. */
  readonly parameterBytes: number;
  /** The most that a checkpoint of the run can have. */
  readonly learnerBytesMax: number;
  readonly chooser: Chooser;
  readonly computer: Computer;
  /** Adds up the gradients of a branch. */
  readonly combiner: Combiner;
  readonly probes: readonly [Probe, Probe];
  readonly batches: BatchWindow;
  readonly metrics: TrainerMetrics;
}

export class Serving {
  private readonly options: ServingOptions;
  private readonly run: string;
  private readonly desk = new Desk<Result>();
  private readonly parts: Parts;
  /** Who adds up which nodes of a step. */
  private branches: { readonly at: Position; readonly of: readonly WireBranch[] } = {
    at: { epoch: 0, step: 0 },
    of: [],
  };
  private readonly branch: Branch;
  private readonly subjects;
  private readonly joiner: Joiner;
  private epoch = 0;
  /** What the next question to the computer brings. */
  private start: Start | null = null;
  /** The leave to take steps up to `until`, and the whole step's node; null if this trainer does not lead. */
  private lead: { readonly node: TreeNode; until: number } | null = null;
  /** A step whose parameters are on their way, and this trainer's nodes of it. */
  private arriving: (Position & { readonly hash: string; readonly nodes: readonly WireNode[] }) | null = null;
  /** The latest step message of an epoch that this trainer has not joined yet. */
  private early: { readonly fields: StepMessage; readonly body: Uint8Array } | null = null;
  private generation = 0;
  private ahead = { nodes: [] as TreeNode[], steps: 0 };
  private wake: () => void = () => {};
  private left: Left | undefined;
  private heardAt: number;
  private readonly recent: Recent<{ readonly computeMs: number; readonly microBatches: number }>;

  constructor(options: ServingOptions) {
    this.options = options;
    this.recent = new Recent(options.actor.clock);
    this.heardAt = options.actor.clock.now();
    this.run = options.announcement.run;
    this.parts = new Parts(options.parameterBytes, options.actor.messenger.cuts.rangeBytesMax);
    this.branch = new Branch(options.combiner);
    this.subjects = subjects.run(this.run);
    this.joiner = new Joiner({
      ...options,
      hasLeft: () => this.left !== undefined,
      admit: (epoch, joined, body) => this.admit(epoch, joined, body),
      refused: (why) => this.leave(why),
    });
  }

  /** Returns the status shown to the operator and on the run's page. */
  status() {
    const { epoch, step } = this.desk.position;
    const { recent } = this;
    return {
      ...{ epoch, step, nodes: this.desk.nodes.map(({ lo, hi }) => `${lo}-${hi}`) },
      engine: this.options.training.engine,
      nodesPerSecond: recent.perSecond(() => 1),
      microBatchesPerSecond: recent.perSecond(({ microBatches }) => microBatches),
      /** Median time to compute a node. */
      computeMs: recent.median(({ computeMs }) => computeMs),
      /** Fraction of the time that the engine computes. */
      busy: Math.min(1, recent.perSecond(({ computeMs }) => computeMs) / 1000),
    };
  }

  async serve(signal: AbortSignal): Promise<Left> {
    const { clock } = this.options.actor;
    const hearing = this.hear();
    const timers = [
      every(clock, heartbeatMs, () => this.beat()),
      every(clock, heartbeatMs, () => this.watch()),
    ];
    const told = () => this.leave("told");
    signal.addEventListener("abort", told, { once: true });
    if (signal.aborted) told();
    this.joiner.join();
    try {
      await this.work();
      return this.left!;
    } finally {
      signal.removeEventListener("abort", told);
      for (const cancel of timers) cancel();
      for (const subscription of hearing) subscription.stop();
      const { actor, secret } = this.options;
      const { messenger } = actor;
      const goodbye = { ...this.fields(), trainer: messenger.id, secret, unable: null };
      messenger.send(messages.goodbye, this.subjects.goodbye, goodbye);
    }
  }

  private hear(): Subscription[] {
    const { messenger } = this.options.actor;
    messenger.bus.onReconnect(() => this.beat());
    return [
      messenger.hear(messages.part, this.subjects.parameters, (fields, body) => this.heardPart(fields, body)),
      messenger.hear(messages.step, this.subjects.step, (fields, body) => {
        this.heardStep(fields, body).catch((error) => messenger.reject("step", "BODY", String(error)));
      }),
      messenger.hear(messages.addend, subjects.addend(messenger.id), (said, body) => {
        this.heardAddend(said, body).catch((error) => {
          const reason = error instanceof ProtocolError ? error.code : "BODY";
          messenger.reject("addend", reason, String(error));
        });
      }),
      messenger.hear(messages.assign, subjects.assign(messenger.id), (fields) => {
        if (fields.run !== this.run || fields.trainingHash !== this.options.announcement.trainingHash) return;
        this.branchOut(fields, fields.branches);
        this.give(fields, fields.hash, fields.nodes, fields.attempt, fields.audit);
      }),
    ];
  }

  /** Handles a part of the parameters of a step that is about to begin, of whichever epoch is announced. */
  private heardPart(fields: Fields<typeof messages.part>, body: Uint8Array): void {
    const { actor, announcement } = this.options;
    try {
      if (fields.trainingHash === announcement.trainingHash) this.parts.add(fields, body);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      actor.messenger.reject("part", error.code, error.message);
    }
  }

  /** Returns a message's parameters. What of them was broadcast is not pulled. */
  private parametersOf(fields: Payload["fields"], body: Uint8Array): Promise<Uint8Array> {
    const { actor, parameterBytes } = this.options;
    const gathered = fields.blob ? this.parts.of(fields.hash) : undefined;
    return actor.messenger.received(fields, body, "coordinator", parameterBytes, gathered);
  }

  /** Handles a step's parameters and the assignments of its nodes. */
  private async heardStep(fields: StepMessage, body: Uint8Array): Promise<void> {
    const { messenger } = this.options.actor;
    if (fields.trainingHash !== this.options.announcement.trainingHash || fields.epoch < this.epoch) {
      messenger.reject("step", "EPOCH", `Its epoch must be ${this.epoch}, got ${fields.epoch}`);
      return;
    }
    const mine = fields.assignments.find(({ trainer }) => trainer === messenger.id)?.nodes ?? [];
    if (fields.epoch !== this.epoch) {
      // The message may overtake the answer to this trainer's own join.
      this.early = { fields, body };
      return this.joiner.join();
    }
    this.options.batches.ownBatches = fields.ownBatches;
    this.branchOut(fields, fields.branches);
    if (fields.lead) return this.heardLead(fields, fields.lead, mine);
    // A trainer that has just joined has them from the answer; one that led leads no more.
    if (this.lead || !this.desk.holds(fields, fields.hash)) {
      const bytes = await this.arrive(fields, mine, this.parametersOf(fields, body));
      this.hold(fields, { parameters: floatsOf(bytes) });
    }
    const isOurs = (node: TreeNode) => isNode(node, microBatchCount(this.options.training));
    this.ahead = { nodes: mine.map(treeNode).filter(isOurs), steps: fields.ahead };
    this.give(fields, fields.hash, mine, 0);
  }

  /** Awaits what a step needs. Heartbeats name the step meanwhile. */
  private async arrive<T>(step: StepMessage, nodes: readonly WireNode[], coming: Promise<T>): Promise<T> {
    const arriving = { epoch: step.epoch, step: step.step, hash: step.hash, nodes };
    this.arriving = arriving;
    try {
      return await coming;
    } finally {
      if (this.arriving === arriving) this.arriving = null;
    }
  }

  /** Handles a leave to take steps, and the whole step's node, if it is this trainer's. */
  private async heardLead(
    fields: StepMessage,
    { until, learner }: Leave,
    nodes: readonly WireNode[],
  ): Promise<void> {
    const { epoch, step, hash, ahead } = fields;
    const [wire] = nodes;
    if (!wire) return;
    const hasReached = this.desk.reached({ epoch, step });
    if (this.lead && hasReached) {
      this.lead.until = Math.max(this.lead.until, until);
      this.goOn();
      return;
    }
    const pulled = learner && (await this.arrive(fields, nodes, this.pullLearner(learner, fields)));
    if (pulled && this.hold(fields, { parameters: null, learner: pulled })) {
      const node = treeNode(wire);
      this.lead = { node, until };
      this.ahead = { nodes: [node], steps: ahead };
      this.options.actor.log.debug("Leads: takes steps itself", { run: this.run, step, until });
    }
    this.give(fields, hash, nodes, 0);
  }

  /** @throws RangeError if it is not the learner before the step */
  private async pullLearner(blob: BlobRef, { step, hash }: StepMessage): Promise<Learner> {
    const { actor, learnerBytesMax } = this.options;
    const learner = decodeCheckpoint(await actor.messenger.pull(blob, "coordinator", learnerBytesMax));
    if (learner.step !== step - 1 || hashOf(bytesOf(learner.parameters)) !== hash)
      throw new RangeError(`The learner must be the one before step ${step}, with the parameters ${hash}`);
    return learner;
  }

  /** Begins the step that this trainer has come to by itself, if it has leave. */
  private goOn(): void {
    const { desk, lead } = this;
    if (!lead || desk.position.step > lead.until) return;
    if (desk.give(desk.position, desk.parametersHash, lead.node, 0) === "queued") this.wake();
  }

  private hold(newest: { epoch: number; step: number; hash: string }, start: Start): boolean {
    if (!this.desk.take({ epoch: newest.epoch, step: newest.step }, newest.hash)) return false;
    this.start = start;
    this.lead = null;
    this.options.computer.abandonBelow(++this.generation);
    this.options.batches.forgetBefore(newest.step);
    return true;
  }

  private give(
    { epoch, step }: { epoch: number; step: number },
    hash: string,
    nodes: readonly WireNode[],
    attempt: number,
    audit = false,
  ): void {
    const { actor, training } = this.options;
    for (const wire of nodes) {
      const node = treeNode(wire);
      if (!isNode(node, microBatchCount(training))) {
        actor.messenger.reject("assign", "NODE", `The step has no node ${wire.join("-")}`);
        continue;
      }
      const given = this.desk.give({ epoch, step }, hash, node, attempt, audit);
      if (given === "lacks-parameters" && hash !== this.arriving?.hash) this.joiner.join();
      if (given === "queued" && !audit) this.options.batches.ask(step, node);
      if (given === "done") this.publish(this.desk.resultOf(node)!);
    }
    this.wake();
  }

  private async work(): Promise<void> {
    while (!this.left) {
      const job = this.desk.next();
      if (!job) {
        const told = new Promise<void>((resolve) => {
          this.wake = resolve;
        });
        await this.options.metrics.waited("parameters", told);
        continue;
      }
      await this.compute(job);
    }
  }

  private async compute(job: Job): Promise<void> {
    const { actor, batches, computer, metrics } = this.options;
    const { node, position, audit } = job;
    const number = this.generation;
    const hash = this.desk.parametersHash;
    // Request in one go the micro-batches that did not fit the window when the node was given, or that were used
    // before.
    if (!audit) batches.ask(position.step, node);
    // An audit takes nothing from the data-envs, which may be wrong themselves.
    const wanted = Array.from({ length: node.hi - node.lo }, (_, index) =>
      audit ? null : batches.take(position.step, node.lo + index),
    );
    const given = await metrics.waited("batches", Promise.all(wanted));
    if (this.left) return;
    if (number !== this.generation) return this.desk.abandon(job);
    const { lead } = this;
    const start = this.start ?? { parameters: null };
    this.start = null;
    const answering = computer.compute({
      step: position.step,
      node,
      ...start,
      batches: given.map((taken) => taken?.batch ?? null),
      number,
    });
    this.askAhead(position.step);
    const answer = await answering;
    if (!answer) return this.desk.abandon(job);
    metrics.compute.observe(answer.computeMs / 1000);
    this.recent.note({ computeMs: answer.computeMs, microBatches: wanted.length });
    const done = actor.clock.now();
    const madeBy = given.map((taken) => taken?.dataEnv ?? null);
    const result = this.resultOf(job, hash, madeBy, answer);
    if (this.desk.finish(job, result)) {
      this.publish(result);
      metrics.published(done);
      if (lead && lead === this.lead && answer.next !== null) {
        this.desk.advance(answer.next);
        batches.forgetBefore(position.step + 1);
        this.goOn();
      }
    } else metrics.late.inc();
  }

  /** Requests the next steps' batches, which the data-envs make while the engine computes. */
  private askAhead(step: number): void {
    for (const node of this.ahead.nodes) this.options.batches.askAhead(step, node, this.ahead.steps);
  }

  private resultOf(
    { position, node, attempt }: Job,
    parametersHash: string,
    madeBy: (string | null)[],
    answer: NodeAnswer,
  ): Result {
    const { actor, secret } = this.options;
    const { messenger, machine } = actor;
    const gradient = bytesOf(answer.gradient);
    const fields = {
      ...this.fields(),
      ...position,
      trainer: messenger.id,
      secret,
      machine,
      node: wireNode(node),
      parametersHash,
      batchHashes: [...answer.batchHashes],
      madeBy,
      loss: answer.loss,
      nonFinite: [...answer.nonFinite],
      attempt,
      branched: false,
    };
    return { fields, hash: answer.hash, gradient };
  }

  /** Sends a result to the coordinator, without its gradient if another trainer adds that up. */
  private publish({ fields, hash, gradient }: Result): void {
    const { messenger } = this.options.actor;
    const { node, epoch, step } = fields;
    const [lo, hi] = node;
    const { at, of } = this.branches;
    const branch = isSame(at, fields) && of.find((one) => isWithin(treeNode(node), treeNode(one.node)));
    if (branch) {
      const said = { ...fields, branched: true, hash, blob: null };
      messenger.send(messages.result, this.subjects.result, said);
      if (branch.trainer === messenger.id) {
        const own = { node: treeNode(node), hash, gradient: floatsOf(gradient) };
        this.publishSum(this.branch.take({ epoch, step }, own));
        return;
      }
    }
    const payload = messenger.payload(`gradient-${lo}-${hi}`, gradient, hash);
    if (branch) {
      const addend = { ...this.fields(), epoch, step, trainer: messenger.id, node, ...payload.fields };
      messenger.send(messages.addend, subjects.addend(branch.trainer), addend, payload.body);
    } else
      messenger.send(messages.result, this.subjects.result, { ...fields, ...payload.fields }, payload.body);
  }

  /** Hears who adds up which nodes of a step. */
  private branchOut({ epoch, step }: Position, branches: readonly WireBranch[]): void {
    const at = { epoch, step };
    if (isLater(this.branches.at, at)) return;
    this.branches = { at, of: branches };
    const own = branches.find(({ trainer }) => trainer === this.options.actor.messenger.id);
    this.publishSum(this.branch.begin(at, own && treeNode(own.node)));
  }

  private async heardAddend(said: Fields<typeof messages.addend>, body: Uint8Array): Promise<void> {
    const { actor, announcement, parameterBytes, training } = this.options;
    const node = treeNode(said.node);
    if (said.run !== this.run || said.trainingHash !== announcement.trainingHash) return;
    if (!isNode(node, microBatchCount(training)))
      throw new ProtocolError("MALFORMED", `The step has no node ${said.node.join("-")}`);
    const bytes = await actor.messenger.received(said, body, "trainer", parameterBytes);
    const { epoch, step, hash } = said;
    this.publishSum(this.branch.take({ epoch, step }, { node, hash, gradient: floatsOf(bytes) }));
  }

  private publishSum(added: Added | undefined): void {
    if (!added) return;
    const { actor, secret } = this.options;
    const { messenger } = actor;
    const payload = messenger.payload("sum", bytesOf(added.gradient));
    const said = {
      ...this.fields(),
      ...added.position,
      trainer: messenger.id,
      secret,
      node: wireNode(added.node),
      parts: added.parts.map(({ node, hash }) => ({ node: wireNode(node), hash })),
      ...payload.fields,
    };
    messenger.send(messages.sum, this.subjects.sum, said, payload.body);
  }

  private async admit(epoch: number, joined: Joined, body: Uint8Array): Promise<void> {
    const { actor, batches } = this.options;
    const bytes = await this.parametersOf(joined, body);
    const { step, hash, nodes, ownBatches } = joined;
    if (epoch > this.epoch) actor.log.info("Joined the run", { run: this.run, epoch, step });
    this.epoch = Math.max(this.epoch, epoch);
    batches.ownBatches = ownBatches;
    this.branchOut({ epoch, step }, joined.branches);
    this.hold({ epoch, step, hash }, { parameters: floatsOf(bytes) });
    this.give({ epoch, step }, hash, nodes, 0);
    if (this.early?.fields.epoch === this.epoch) await this.heardStep(this.early.fields, this.early.body);
    this.early = null;
  }

  /**
   * Sends a heartbeat with the step of its parameters and the nodes that it knows of. Parameters on their way count:
   * large ones take longer than the coordinator waits before it takes a message for lost.
   */
  private beat(): void {
    if (this.epoch === 0) return;
    const { actor, secret } = this.options;
    const { messenger, machine } = actor;
    const { epoch, step } = this.arriving ?? this.desk.position;
    const nodes = this.arriving?.nodes ?? this.desk.nodes.map(wireNode);
    const held = epoch === this.epoch ? { step, nodes } : { step: 0, nodes: [] };
    const message = { ...this.fields(), trainer: messenger.id, secret, machine, ...held };
    messenger.send(messages.heartbeat, this.subjects.heartbeat, message);
  }

  /**
   * Joins again if there is a new epoch, and leaves a run that is over or has been silent for long. Also called at each
   * announcement, because a coordinator that came back is waiting for its trainers.
   */
  watch(): void {
    const { actor, chooser, announcement } = this.options;
    const now = actor.clock.now();
    const newest = chooser.newest(this.run, now);
    this.joiner.hurry();
    if (newest) {
      this.heardAt = now;
      if (newest.trainingHash !== announcement.trainingHash) this.leave("over");
      else if (newest.epoch > this.epoch) this.joiner.join();
    } else if (chooser.isOver(this.run) || now - this.heardAt > silenceMs) this.leave("over");
  }

  private leave(why: Left): void {
    this.left ??= why;
    this.wake();
  }

  private fields() {
    return { run: this.run, epoch: this.epoch, trainingHash: this.options.announcement.trainingHash };
  }
}
