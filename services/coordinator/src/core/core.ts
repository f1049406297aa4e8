/**
 * The coordinator's decisions: events in, effects out, with no sockets, clock or disk. The same events produce the same
 * effects, and the trained parameters do not depend on the order or timing of events.
 */

import type { Exclusion } from "@memnet/protocol";
import { differingSequences, isNode, nodeKey, type StepRecord } from "memnet";
import { Admission, refuse } from "./admission.ts";
import { Assigner } from "./assigner.ts";
import { Audit } from "./audit.ts";
import { Auditor, type AuditorOptions } from "./auditor.ts";
import { type Branch, BranchSums, branchesOf, partsOf } from "./branches.ts";
import { type BranchSum, type Effect, type Event, type Result, verdict } from "./events.ts";
import { Fingerprints } from "./fingerprints.ts";
import { type Comparison, History, namesItsBatches } from "./history.ts";
import { Identities } from "./identities.ts";
import { Lead } from "./lead.ts";
import { dividedAt, partition } from "./partition.ts";
import { Schedule, type ScheduleOptions } from "./schedule.ts";
import { StepWork, type Unit } from "./step-work.ts";
import { newTrainer, showed, type Trainer, Trainers } from "./trainers.ts";
import { isOf, Trust, type TrustOptions, whyOf } from "./trust.ts";
import { Unable } from "./unable.ts";
import type { Adder } from "./unaudited.ts";

export interface CoreOptions extends ScheduleOptions, AuditorOptions, TrustOptions {
  /** Number of micro-batches in a step: the leaves of the reduction tree. */
  readonly leaves: number;
  readonly nonFinite: "skip" | "fail";
  /** Whether to admit trainers with any fingerprint and skip the comparison of second results. */
  readonly relaxed: boolean;
  readonly fingerprint: string | null;
  /** How long a lone trainer waits for a second opinion on the fingerprint, in milliseconds; 500 by default. */
  readonly aloneMs?: number;
  /** How many of the steps so far made no update. */
  readonly skipped: number;
  /** Name of the run's task if it is a user's own task, otherwise null. */
  readonly ownTask: string | null;
  /** Hash of the parameters after `step` steps. */
  readonly parametersHash: string;
  /** How many steps a trainer that is alone may be ahead; 0 if it may not lead. */
  readonly leadWindow: number;
}

/** A tick this late means that this process was asleep, not that the trainers are gone. */
const asleepMs = 2000;

/** How long the coordinator waits for the sums of branches once it has all results: twice the step's time, or longer. */
const sumPatienceMs = 1000;
/** For so many steps the coordinator takes all gradients itself, after a branch's sum has not come. */
const stepsWithoutBranches = 100;

const noUpdate =
  "no step made an update, since no loss or gradient was finite; try a smaller optimizer.learningRate, other initial " +
  "parameters, or data of a smaller size";

export class Core {
  private readonly options: CoreOptions;
  private readonly schedule: Schedule;
  private readonly trainers = new Trainers();
  private readonly identities = new Identities((id) => this.trainers.get(id)?.present ?? false);
  private readonly fingerprints: Fingerprints;
  private readonly assigner = new Assigner();
  private readonly lead: Lead;
  private readonly history: History;
  private readonly unable = new Unable();
  private readonly trust: Trust;
  private readonly admission: Admission;
  private readonly auditor: Auditor;
  /** Prefix that blames a user's own task for differing sequences; empty for a built-in task. */
  private readonly because: string;
  private work: StepWork | undefined;
  /** The step's work so far, if the step is to begin again without branches. */
  private again: StepWork | undefined;
  /** The last step without branches, since one has failed. */
  private branchlessTo = 0;
  private parametersHash: string;
  private over = false;
  private tickedAt: number | undefined;
  private waiting: { why: string; since: number } | undefined;
  /** Whether the arbiter computes the probe. */
  private probing = false;
  /** Number of steps that made no update. */
  skipped: number;
  /** Record of the last step taken. */
  last: StepRecord | undefined;

  constructor(options: CoreOptions) {
    this.options = options;
    this.schedule = new Schedule(options);
    this.lead = new Lead(options.leadWindow, options.steps);
    this.fingerprints = new Fingerprints(options.fingerprint, options.aloneMs);
    this.history = new History(2 * Math.min(options.checkpointEvery, options.evaluateEvery));
    this.parametersHash = options.parametersHash;
    this.skipped = options.skipped;
    this.because = options.ownTask === null ? "" : `${differingSequences(`task ${options.ownTask}`)}: `;
    this.trust = new Trust(options);
    const { trainers, assigner, history, trust, identities, fingerprints, unable, because } = this;
    this.auditor = new Auditor(options, { trainers, assigner, history, trust });
    const { relaxed } = options;
    this.admission = new Admission({ identities, fingerprints, trust, unable, relaxed, because });
  }

  /** Number of steps taken. */
  get step(): number {
    return this.schedule.taken;
  }
  get fingerprint(): string | null {
    return this.fingerprints.fixed;
  }
  get present(): { id: string; machine: string; doubted: boolean; nodes: string[] }[] {
    return this.trainers.present().map(({ id, machine, owed }) => ({
      id,
      machine,
      doubted: owed > 0,
      nodes: (this.active?.heldBy(id) ?? []).map((unit) => nodeKey(unit.node)),
    }));
  }
  /** The last step that was audited; 0 if none was. */
  get audited(): number {
    return this.trust.audited;
  }
  /** Participants whose results are not used. */
  get excluded(): readonly Exclusion[] {
    return this.trust.excluded;
  }
  /** Whether trainers make all batches themselves. */
  get ownBatches(): boolean {
    return this.trust.ownBatches;
  }
  /** Which trainers add up which nodes of the step. */
  get branches(): readonly Branch[] {
    return this.work?.sums.branches ?? [];
  }
  /** The work that trainers do now: the step's, or its audit's. */
  private get active(): StepWork | undefined {
    return this.work?.audit?.work ?? this.work;
  }
  /** What the run is waiting for and since when; undefined while it trains. */
  get waitsFor(): { why: string; since: number } | undefined {
    return this.waiting;
  }

  handle(event: Event, now: number): Effect[] {
    if (this.over) return event.kind === "join" ? [refuse(event.token, "OVER", "The run is over")] : [];
    const effects = [...this.decide(event, now), ...this.proceed(now)];
    const end = effects.findIndex(({ kind }) => kind === "end" || kind === "back");
    if (end < 0) return effects;
    this.over = true;
    return effects.slice(0, end + 1);
  }

  private decide(event: Event, now: number): Effect[] {
    switch (event.kind) {
      case "join":
        return this.join(event, now);
      case "heartbeat":
        if (!this.identities.owns(event.trainer, event.secret)) return [forged("heartbeat", event.trainer)];
        return this.heartbeat(event, now);
      case "goodbye":
        // A trainer that cannot serve the run says so without having joined.
        if (!this.identities.mayBe(event.trainer, event.secret)) return [forged("goodbye", event.trainer)];
        return this.goodbye(event, now);
      case "result": {
        const { result, secret } = event;
        if (!this.identities.owns(result.trainer, secret)) return [forged("result", result.trainer)];
        return this.result(result, now);
      }
      case "sum": {
        const { sum, secret } = event;
        if (!this.identities.owns(sum.trainer, secret)) return [forged("sum", sum.trainer)];
        return this.sum(sum, now);
      }
      case "updated":
        return this.updated(event);
      case "fixed": {
        const { fingerprint } = event;
        this.fingerprints.fixed = fingerprint;
        const fields = { fingerprint, by: this.fingerprints.by };
        return [{ kind: "event", event: "fingerprint", fields }];
      }
      case "probed":
        this.probing = false;
        if (event.probe) this.fingerprints.know(event.probe);
        else this.auditor.arbiter = false;
        return [];
      case "judged":
        return this.judged(event);
      case "doubted":
        return this.doubted();
      case "acknowledged":
        this.schedule.acknowledged(event.step);
        return [];
      case "progress":
        this.schedule.progress(event);
        return [];
      case "stop":
        return this.schedule.stop(this.work?.adding ?? false);
      case "tick":
        return this.tick(now);
    }
  }

  /** Begins the next step if nothing prevents it. */
  private proceed(now: number): Effect[] {
    if (this.trust.isPending) return this.waitFor("the evaluator to write a doubt down", now);
    if (this.auditor.arbiter && !this.fingerprints.isKnown && !this.probing) {
      this.probing = true;
      return [{ kind: "probe" }];
    }
    const wanted = this.probing ? undefined : this.fingerprints.decide(now);
    if (wanted) return [{ kind: "fix", fingerprint: wanted }];
    if (this.work && (this.work.adding || !this.schedule.stopping)) {
      const auditing = this.proceedWithAudit(now);
      return [...auditing, ...this.waitFor(this.workWaitsFor(), now)];
    }
    const next = this.schedule.next();
    if (next.kind === "end")
      return [this.madeNoUpdate(next) ? { ...next, state: "failed", reason: noUpdate } : next];
    if (next.kind === "wait") return this.waitFor(next.why, now);
    if (this.fingerprints.fixed === null) {
      const disagree = this.fingerprints.disagreement();
      return this.waitFor(
        disagree
          ? `trainers that agree on the fingerprint (${this.fingerprints.batchesDiffer ? this.because : ""}${disagree})`
          : this.trainersWanted,
        now,
      );
    }
    const present = this.trainers.present();
    if (present.length === 0) return this.waitFor(this.trainersWanted, now);
    this.waiting = undefined;
    return this.begin(present, now);
  }

  /** Begins the next step, or begins it again without branches. */
  private begin(present: readonly Trainer[], now: number): Effect[] {
    const step = this.schedule.taken + 1;
    const { again } = this;
    this.again = undefined;
    const relied = this.trainers.relied();
    const doubted = relied.length === present.length ? [] : present.filter(({ owed }) => owed > 0);
    const { leaves } = this.options;
    // A sum is checked against the results below it, so none may be of a larger node.
    const claimed = (again?.claims ?? []).map(({ node }) => node);
    const nodes = dividedAt(claimed, partition(leaves, relied.length));
    const work = new StepWork(step, leaves, nodes, now, again?.asked);
    this.work = work;
    if (again) work.claims = again.claims;
    else this.history.begin(step, this.parametersHash, work.asked);
    const lead = this.lead.begin(
      step,
      present.map(({ id }) => id),
    );
    const assignments = this.assigner.begin(work, relied, doubted, now);
    if (!again && this.mayBranch(step, relied.length))
      work.sums = new BranchSums(branchesOf(leaves, work.given));
    const begun: Effect = { kind: "broadcast", step, assignments, lead };
    const early = this.lead.take(step);
    // An audit of the result begins at once.
    return early ? [begun, ...this.result(early, now), ...this.proceed(now)] : [begun];
  }

  /** Whether trainers add up branches. Where every step is audited, the coordinator needs all gradients itself. */
  private mayBranch(step: number, trainers: number): boolean {
    const { branchesFrom, audit } = this.options;
    const isLarge = branchesFrom > 0 && trainers >= branchesFrom;
    return isLarge && step > this.branchlessTo && audit < 1 && !this.trust.hasSuspects;
  }

  /** Whether the run ends without ever having updated its initial parameters. */
  private madeNoUpdate({ state, step }: { readonly state: string; readonly step: number }): boolean {
    return state === "ended" && step > 0 && step === this.step && this.skipped === step;
  }

  private workWaitsFor(): string | undefined {
    if (!this.work || this.work.adding) return undefined;
    if (!this.trainers.anyPresent) return this.trainersWanted;
    const idle = this.assigner.unresponsive(this.active!);
    if (idle.length === 0) return undefined;
    const names = idle.map((id) => `${id} on ${this.trainers.get(id)?.machine}`);
    return `trainers that compute: ${firstFew(names)} sent heartbeats but no result`;
  }

  private get trainersWanted(): string {
    const { newest } = this.unable;
    return newest === undefined ? "trainers" : `trainers that can serve it: ${newest}`;
  }

  private waitFor(why: string | undefined, now: number): Effect[] {
    if (why === this.waiting?.why) return [];
    this.waiting = why === undefined ? undefined : { why, since: now };
    return why === undefined ? [] : [{ kind: "event", event: "waiting", fields: { for: why } }];
  }

  private join(event: Event & { kind: "join" }, now: number): Effect[] {
    const refusal = this.admission.refusal(event, now);
    if (refusal) return refusal;
    const { token, trainer, machine } = event;
    const effects: Effect[] = [];
    // A leader that joins again has lost its parameters, and another trainer takes a share of the work.
    this.lead.end();
    const known = this.trainers.get(trainer);
    if (known?.present) known.heardAt = now;
    else {
      this.trainers.add(newTrainer(trainer, machine, now));
      effects.push({ kind: "event", event: "joined", fields: { trainer, machine } });
      if (this.work && !this.work.adding && !this.work.audit)
        effects.push(...this.assigner.welcome(this.work, trainer, now));
    }
    const nodes = this.work?.audit ? [] : (this.work?.heldBy(trainer) ?? []).map((unit) => unit.node);
    return [...effects, { kind: "admit", token, step: this.step + 1, nodes }];
  }

  private heartbeat(event: Event & { kind: "heartbeat" }, now: number): Effect[] {
    const trainer = this.trainers.get(event.trainer);
    if (!trainer || trainer.excluded) return [];
    const effects: Effect[] = [];
    trainer.heardAt = now;
    if (!trainer.present) {
      trainer.present = true;
      effects.push({
        kind: "event",
        event: "returned",
        fields: { trainer: trainer.id, machine: trainer.machine },
      });
      for (const unit of this.active?.units ?? []) unit.lostBy.delete(trainer.id);
    }
    if (!this.work || this.work.adding) return effects;
    const named = new Set(event.step === this.work.step ? event.nodes.map(nodeKey) : []);
    const knows = (unit: Unit) => named.has(nodeKey(unit.node));
    const repairs = this.assigner.repair(this.active!, trainer, knows, this.trainers.present(), now);
    return [...effects, ...repairs];
  }

  private goodbye({ trainer, unable }: Event & { kind: "goodbye" }, now: number): Effect[] {
    if (unable) this.unable.say(trainer, unable, now);
    this.fingerprints.withdraw(trainer);
    const known = this.trainers.get(trainer);
    return known?.present ? this.leave([known], false, now) : [];
  }

  /** Lets trainers go together: none of them is given what another one leaves. */
  private leave(leaving: readonly Trainer[], silent: boolean, now: number): Effect[] {
    for (const trainer of leaving) {
      this.fingerprints.withdraw(trainer.id);
      trainer.present = false;
    }
    const present = this.trainers.present();
    return leaving.flatMap(({ id, machine, heardAt }) => {
      const effects: Effect[] = [
        {
          kind: "event",
          event: silent ? "lost" : "left",
          fields: { trainer: id, machine, step: this.step + 1 },
        },
      ];
      const { active } = this;
      if (!active) return effects;
      const { orphans, poisoned } = active.release(id, silent, heardAt, now);
      for (const unit of poisoned) {
        const fields = { step: active.step, node: nodeKey(unit.node), trainers: [...unit.lostBy] };
        effects.push({ kind: "event", event: "poisoned", fields });
      }
      const reason = silent ? "lost-trainer" : "goodbye";
      for (const unit of orphans) effects.push(...this.assigner.assign(active, unit, present, reason, now));
      return effects;
    });
  }

  private result(said: Result, now: number): Effect[] {
    const trainer = this.trainers.get(said.trainer);
    const result = { ...said, machine: trainer?.machine ?? said.machine };
    if (!trainer || !isNode(result.node, this.options.leaves) || !namesItsBatches(result))
      return [verdict("rejected")];
    if (trainer.excluded) return [verdict("rejected")];
    trainer.heardAt = now;
    if (this.lead.keep(result, this.work?.step ?? this.step)) return [];
    const current = this.work?.step === result.step && !this.work.adding ? this.work : undefined;
    const comparison = this.history.compare(result);
    if (comparison.agrees === "not-asked") return [verdict("rejected")];
    if (comparison.agrees === "other-parameters") {
      const { trainer, machine, step } = result;
      const strayed: Effect = { kind: "event", event: "strayed", fields: { trainer, machine, step } };
      return [verdict("rejected"), ...(this.lead.bar(trainer) ? [strayed] : [])];
    }
    const { copy } = trainer;
    showed(trainer, copy?.step === result.step && this.assigner.isUsual(result.node, now - copy.at));
    if (comparison.agrees === "differs" && !this.options.relaxed) {
      if (comparison.inBatch && this.options.ownTask !== null)
        return [this.undecided(result.step, comparison.why, this.because)];
      if (!current) return [verdict("stale"), ...this.lateDifference(result, comparison)];
      current.differs ??= comparison.why;
    }
    if (this.work?.step !== result.step || this.work.adding) return [verdict("stale")];
    // Its gradient went to the trainer of a branch that the step, begun again, does not have.
    if (result.branched && !this.work.sums.covers(result.node)) return [verdict("stale")];
    if (this.work.audit) return this.auditResult(this.work.audit, result, false);
    const unit = this.work.unitOf(result.node);
    // A leader began earlier, and its result may have come early: that says nothing of its pace.
    if (unit && !this.lead.isOn) this.assigner.measured(unit, result.trainer, now);
    if (unit) this.work.drop(unit, result.trainer);
    if (this.work.tree.isFilled(result.node)) return [verdict("duplicate")];
    if (result.nonFinite.length > 0 && unit) {
      const said = `${result.trainer}#${result.attempt}`;
      if (unit.notFiniteBy.has(said)) return [verdict("duplicate")];
      unit.notFiniteBy.add(said);
      if (unit.notFiniteBy.size < 2) {
        const fields = { step: result.step, microBatches: result.nonFinite, trainer: result.trainer };
        const ask = this.assigner.assign(this.work, unit, this.trainers.present(), "not-finite", now);
        return [verdict("not-finite"), { kind: "event", event: "not-finite", fields }, ...ask];
      }
    }
    this.work.tree.fill(result);
    if (result.implausible) this.work.implausible = true;
    this.unable.refute();
    return [verdict("accepted"), ...this.rootFilled(now)];
  }

  private sum(sum: BranchSum, now: number): Effect[] {
    const trainer = this.trainers.get(sum.trainer);
    if (!trainer || trainer.excluded) return [verdict("rejected")];
    trainer.heardAt = now;
    const { work } = this;
    if (work?.step !== sum.step || work.adding || !work.sums.take(sum)) return [verdict("stale")];
    return this.rootFilled(now);
  }

  private rootFilled(now: number): Effect[] {
    const work = this.work!;
    if (!work.tree.isFilled(work.tree.root)) return [];
    work.filledAt ??= now;
    const results = work.tree.parts();
    if (work.sums.branches.length > 0) return this.branchesFilled(work, results, now);
    if (!this.auditor.wants(work, results)) return this.take(work, results, false);
    work.audit = new Audit(work, results, this.options.leaves, now);
    // proceed() gives the nodes out.
    return [];
  }

  /**
   * Takes the step once the branches are added up. What is not as usual is decided with all gradients at hand: the step
   * begins again, and trainers send the results that they have to the coordinator.
   */
  private branchesFilled(work: StepWork, results: readonly Result[], now: number): Effect[] {
    const isUsual = work.differs === undefined && results.every(({ nonFinite }) => nonFinite.length === 0);
    if (!isUsual) return this.beginAgain(undefined);
    const sums = work.sums.usable((node) => this.history.opinions(work.step, node));
    const missing = work.sums.branches.filter(
      (branch) => !sums.some(({ node }) => node.lo === branch.node.lo),
    );
    if (missing.length > 0) return this.mayStillCome(work, now) ? [] : this.giveBranchesUp(missing);
    if (this.auditor.wants(work, results)) return this.beginAgain(sums);
    return this.take(work, results, false, sums);
  }

  /** A trainer that has gone is waited for too: on a busy machine, many count as silent for a moment. */
  private mayStillCome({ startedAt, filledAt = 0 }: StepWork, now: number): boolean {
    return now - filledAt <= Math.max(sumPatienceMs, 2 * (filledAt - startedAt));
  }

  private giveBranchesUp(missing: readonly Branch[]): Effect[] {
    const step = this.step + 1;
    this.branchlessTo = step + stepsWithoutBranches;
    const trainers = missing.map(({ trainer }) => trainer);
    const said: Effect = { kind: "event", event: "unsummed", fields: { step, trainers } };
    return [said, ...this.beginAgain(undefined)];
  }

  /**
   * Begins the step again, without branches.
   *
   * @param claims the sums that its audit checks; undefined if none was decided on
   */
  private beginAgain(claims: readonly BranchSum[] | undefined): Effect[] {
    this.again = this.work!;
    this.again.claims = claims;
    this.work = undefined;
    // proceed() begins it.
    return [];
  }

  private take(
    work: StepWork,
    parts: readonly Result[],
    audited: boolean,
    sums: readonly BranchSum[] = [],
  ): Effect[] {
    const microBatches = parts.flatMap((part) => part.nonFinite);
    if (microBatches.length > 0 && this.options.nonFinite === "fail") {
      const reason = `Step ${work.step} is not finite in micro-batches ${microBatches.join(", ")}`;
      return [{ kind: "end", state: "failed", step: this.step, reason }];
    }
    work.adding = true;
    this.trust.took(work.step, work.tree.all(), audited);
    this.trust.added(work.step, this.addersOf(sums), false);
    const added = sums.length > 0 ? partsOf(work.tree, sums) : parts.map(({ node, sum }) => ({ node, sum }));
    const check = audited ? (work.claims ?? []).map(({ node }) => node) : [];
    const effects: Effect[] = [{ kind: "add", parts: added, check, audited }];
    if (microBatches.length > 0) {
      effects.push({ kind: "event", event: "skipped", fields: { step: work.step, microBatches } });
    }
    return effects;
  }

  private addersOf(sums: readonly BranchSum[]): Adder[] {
    return sums.map(({ trainer }) => ({ trainer, machine: this.trainers.get(trainer)?.machine ?? "" }));
  }

  /** Assigns the audit's nodes, and gives the audit up if nothing can compute one. */
  private proceedWithAudit(now: number): Effect[] {
    const work = this.work!;
    const { audit } = work;
    if (!audit || work.adding) return [];
    const effects = this.auditor.proceed(audit, work.differs !== undefined, now);
    if (effects === "undecided")
      return [this.undecided(work.step, work.differs ?? "two results of one node", "Two results differ: ")];
    if (effects !== "impossible") return effects;
    work.audit = undefined;
    return this.take(work, work.tree.parts(), false);
  }

  private judged(event: Event & { kind: "judged" }): Effect[] {
    const audit = this.work?.step === event.step && !this.work.adding ? this.work.audit : undefined;
    const result = this.auditor.judged(event, audit);
    return audit && result ? this.auditResult(audit, result, true) : [];
  }

  /** Takes a result of the audit. Once every node is settled, the step is taken from what is right. */
  private auditResult(audit: Audit, result: Result, isArbiters: boolean): Effect[] {
    const { effects, settled } = this.auditor.take(audit, result, isArbiters);
    if (!settled || !audit.isOver || this.trust.isPending) return effects;
    const { excluded } = audit;
    if (excluded.length === 0) return [...effects, ...this.take(this.work!, audit.work.tree.parts(), true)];
    // The leader went on from the wrong result.
    this.lead.end();
    return [...effects, ...this.exclude(excluded)];
  }

  /** A result of a step that was taken differs from others of its node. */
  private lateDifference(result: Result, { why, others }: Comparison & { agrees: "differs" }): Effect[] {
    const wrong = this.auditor.wrongAbout(result);
    if (wrong) return wrong.length === 0 ? [] : this.exclude(wrong);
    // The step's parameters are gone, so the step is taken again, and both are audited from then on.
    return [this.trust.suspect(result.step, [result.trainer, ...others], `Two results differ: ${why}`)];
  }

  /** Excludes participants that were wrong, and goes back to before what they may have made wrong. */
  private exclude(excluded: readonly Exclusion[]): Effect[] {
    const leaving = this.trainers
      .present()
      .filter(({ id, machine }) => excluded.some((one) => isOf(one, id, machine)));
    for (const trainer of leaving) {
      trainer.excluded = true;
      trainer.present = false;
      this.fingerprints.withdraw(trainer.id);
      this.active?.release(trainer.id, false, trainer.heardAt, trainer.heardAt);
    }
    // What they have contributed to the current step is not believed either.
    if (this.work && !this.work.adding) this.work.differs ??= whyOf(excluded);
    return this.trust.exclude(excluded);
  }

  /** Goes back, or takes the step, once every doubt is written down. */
  private doubted(): Effect[] {
    const settled = this.trust.written();
    if (!settled) return [];
    const { before, reason } = settled;
    if (before !== null) return [{ kind: "back", before, reason }];
    const { work } = this;
    if (!work?.audit?.isOver || work.adding) return [];
    return this.take(work, work.audit.work.tree.parts(), true);
  }

  /** Ends the run, since two results differ and no third one can decide. */
  private undecided(step: number, why: string, because: string): Effect {
    const reason = `${because}${why}`;
    return { kind: "end", state: "failed", step: this.step, reason, doubtFrom: step };
  }

  private updated({ record, parametersHash, sums }: Event & { kind: "updated" }): Effect[] {
    const claims = this.work?.claims ?? [];
    this.work = undefined;
    this.parametersHash = parametersHash;
    this.last = record;
    if (record.loss === null) this.skipped++;
    if (record.loss === null && this.options.nonFinite === "fail") {
      const reason = `Step ${record.step} is not finite: its micro-batches are, their sum is not`;
      return [{ kind: "end", state: "failed", step: this.step, reason }];
    }
    return [...this.schedule.stepTaken(record.step), ...this.checked(claims, sums)];
  }

  /** Excludes trainers whose sums of branches are not those that the coordinator has. */
  private checked(claims: readonly BranchSum[], sums: readonly string[]): Effect[] {
    if (sums.length === 0) return [];
    const right = claims.filter(({ hash }, index) => hash === sums[index]);
    this.trust.added(this.step, this.addersOf(right), true);
    const excluded = claims
      .filter((claim) => !right.includes(claim))
      .map(({ trainer, step, node }): Exclusion => {
        const why = `step ${step}: its sum of node ${nodeKey(node)} is not that of the node's parts`;
        return {
          role: "trainer",
          id: trainer,
          machine: this.trainers.get(trainer)?.machine ?? null,
          step,
          why,
        };
      });
    return excluded.length > 0 ? this.exclude(excluded) : [];
  }

  private tick(now: number): Effect[] {
    const late = this.tickedAt === undefined ? 0 : now - this.tickedAt;
    this.tickedAt = now;
    if (late > asleepMs) {
      this.trainers.shift(late);
      this.work?.shift(late);
      this.work?.audit?.work.shift(late);
      return [{ kind: "event", event: "slept", fields: { seconds: Math.round(late / 100) / 10 } }];
    }
    // A task of memnet's own does not fail, whatever a trainer says.
    const fault = this.options.ownTask === null ? undefined : this.unable.fault(now);
    if (fault !== undefined && this.waiting?.why === this.trainersWanted && !this.fingerprints.offered) {
      return [{ kind: "end", state: "failed", step: this.step, reason: fault }];
    }
    const effects = this.leave(this.trainers.silent(now), true, now);
    if (!this.work || this.work.adding) return effects;
    effects.push(...this.assigner.tick(this.active!, this.trainers.present(), now));
    if (this.work.sums.branches.length > 0) effects.push(...this.rootFilled(now));
    return effects;
  }
}

/** Names at most three, and says how many more there are. */
function firstFew(names: readonly string[]): string {
  const more = names.length - 3;
  return `${names.slice(0, 3).join(", ")}${more > 0 ? ` and ${more} others` : ""}`;
}

function forged(message: Extract<Effect, { kind: "forged" }>["message"], trainer: string): Effect {
  return { kind: "forged", message, trainer };
}
