/**
 * Decides which steps are audited, who computes an audit's nodes, and what its results show. `Audit` is the state of one
 * audit.
 */

import type { Exclusion } from "@memnet/protocol";
import { isExcluded } from "@memnet/runs";
import { nodeKey } from "memnet";
import type { Assigner } from "./assigner.ts";
import type { Audit } from "./audit.ts";
import { type Effect, type Event, type Result, verdict } from "./events.ts";
import type { History } from "./history.ts";
import type { StepWork, Unit } from "./step-work.ts";
import type { Trainer, Trainers } from "./trainers.ts";
import type { Trust } from "./trust.ts";
import { blame, decide } from "./verdict.ts";

export interface AuditorOptions {
  /** Share of the steps that are audited. */
  readonly audit: number;
  /** Draws from [0, 1) which steps those are; trainers must not be able to foresee it. */
  readonly chance: () => number;
  /** Whether results are not compared, so that nothing can be audited. */
  readonly relaxed: boolean;
  /** The run's last step, which is always audited. */
  readonly steps: number;
  /** Whether the coordinator can compute nodes itself, with the run's bits. */
  readonly arbiter: boolean;
}

export interface AuditorDeps {
  readonly trainers: Trainers;
  readonly assigner: Assigner;
  readonly history: History;
  readonly trust: Trust;
}

export class Auditor {
  private readonly options: AuditorOptions;
  private readonly deps: AuditorDeps;
  /** Whether the coordinator can compute nodes itself, as far as is known. */
  arbiter: boolean;

  constructor(options: AuditorOptions, deps: AuditorDeps) {
    this.options = options;
    this.deps = deps;
    this.arbiter = options.arbiter;
  }

  /** Whether all of the step is computed again before it is taken. */
  wants(work: StepWork, results: readonly Result[]): boolean {
    const { audit, relaxed, steps, chance } = this.options;
    if (relaxed) return false;
    if (work.differs !== undefined) return true;
    if (!this.arbiter && !results.every(({ trainer }) => this.hasOther(trainer))) return false;
    if (work.claims || work.implausible || results.some(({ trainer }) => this.deps.trust.isSuspect(trainer)))
      return true;
    return audit > 0 && (work.step === steps || chance() < audit);
  }

  private hasOther(author: string): boolean {
    return this.deps.trainers.present().some(({ id }) => id !== author);
  }

  /**
   * Assigns the audit's nodes that no trainer holds.
   *
   * @returns the effects; "undecided" if two results differ and nothing can decide between them, "impossible" if nothing
   *          can compute a node again
   */
  proceed(audit: Audit, differs: boolean, now: number): Effect[] | "undecided" | "impossible" {
    const effects: Effect[] = [];
    for (const unit of audit.work.open()) {
      if (unit.holders.size > 0 || audit.judging.has(nodeKey(unit.node))) continue;
      const disputed = audit.isDisputed(unit);
      // Rather the arbiter than a third trainer, since several trainers may be one attacker's.
      if (disputed && this.arbiter) {
        effects.push(judge(audit, unit));
        continue;
      }
      const present = startingAfter(this.deps.trainers.present(), audit.authorOf(unit));
      const given = this.deps.assigner.assign(audit.work, unit, present, "audit", now);
      effects.push(...given);
      if (given.length > 0 || present.some(({ id }) => !unit.barred.has(id))) continue;
      if (!this.arbiter) return disputed || differs ? "undecided" : "impossible";
      effects.push(judge(audit, unit));
    }
    return effects;
  }

  /** Records what the arbiter has computed. Returns its result if the audit still waits for it. */
  judged({ node, result }: Event & { kind: "judged" }, audit: Audit | undefined): Result | undefined {
    if (result) this.deps.history.note(result);
    else this.arbiter = false;
    return (audit?.judging.delete(nodeKey(node)) && result) || undefined;
  }

  /** Takes a result of the audit. `settled` says whether its node is settled with it. */
  take(
    audit: Audit,
    result: Result,
    isArbiters: boolean,
  ): { readonly effects: Effect[]; readonly settled: boolean } {
    const { history, trust } = this.deps;
    const unit = audit.work.unitOf(result.node);
    const isOpen = unit && !audit.work.tree.isFilled(unit.node);
    if (!isOpen || result.attempt < audit.attempt) return { effects: [verdict("duplicate")], settled: false };
    const opinions = history.opinions(result.step, result.node);
    const right = audit.take(unit, result, opinions, { ownOnly: trust.ownBatches, isArbiters });
    if (right) {
      history.correct(right);
      return { effects: [verdict("audit")], settled: true };
    }
    const fields = { step: result.step, node: nodeKey(unit.node), trainers: [...unit.barred.keys()] };
    return { effects: [verdict("audit"), { kind: "event", event: "disputed", fields }], settled: false };
  }

  /** Returns who else was wrong about a node of a step that was taken, or undefined if the opinions do not decide it. */
  wrongAbout({ step, node }: Result): Exclusion[] | undefined {
    const { history, trust } = this.deps;
    const opinions = history.opinions(step, node);
    const decided = decide(opinions);
    if (!decided) return undefined;
    const right = opinions.filter((one) => !decided.odd.includes(one));
    return decided.odd
      .map((odd) => blame(odd, right, trust.ownBatches))
      .filter((one) => !isExcluded(trust.excluded, one));
  }
}

function judge(audit: Audit, { node }: Unit): Effect {
  audit.judging.add(nodeKey(node));
  return { kind: "judge", step: audit.work.step, node };
}

/** Returns the trainers in the order in which they joined, beginning after the one with this id. */
function startingAfter(trainers: readonly Trainer[], id: string): Trainer[] {
  const next = trainers.findIndex((trainer) => trainer.id === id) + 1;
  return [...trainers.slice(next), ...trainers.slice(0, next)];
}
