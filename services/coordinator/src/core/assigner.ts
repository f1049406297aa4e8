/** Decides which trainer gets which node of the current step, and when a node is reissued. */

import type { TreeNode } from "memnet";
import type { Assignment, Effect, ReissueReason } from "./events.ts";
import { size } from "./partition.ts";
import { poisonLosses, type StepWork, type Unit } from "./step-work.ts";
import { doubt, type Trainer } from "./trainers.ts";

/**
 * An idle trainer duplicates a node once the node has taken this many times its usual duration and at least the floor.
 */
const duplicateFactor = 2;
const duplicateFloorMs = 40;
/** Below this time a result never counts as slow. */
const usualFloorMs = 10;
/** Maximum number of trainers on one node; a reissue at a deadline may exceed it. */
const holdersMax = 2;
/** A node's deadline is generous: many times its usual duration, or two minutes before anything has been measured. */
const deadlineFactor = 20;
const deadlineFloorMs = 5000;
const deadlineUnknownMs = 120_000;
/** If a node was assigned longer ago than this and a heartbeat does not name it, the assignment was lost. */
const repairAfterMs = 400;
/** After this many repairs without effect, a trainer is doubted. */
const doubtedRepairs = 2;
/** Weight of the newest measurement in the running average. */
const paceWeight = 0.1;

export class Assigner {
  /** Average time from assigning a node to receiving its result, in milliseconds per micro-batch. */
  private paceMs: number | undefined;

  /**
   * Makes the first assignments of a step, round-robin over the relied-on trainers. Each doubted trainer gets a copy of
   * a unit that the step does not wait for, so that it can prove that it is as fast as the others again.
   */
  begin(work: StepWork, relied: readonly Trainer[], doubted: readonly Trainer[], now: number): Assignment[] {
    const given = new Map<string, Unit[]>();
    work.units.forEach((unit, index) => {
      const trainer = relied[index % relied.length]!;
      work.give(unit, trainer.id, now, this.deadlineMs(unit));
      given.set(trainer.id, [...(given.get(trainer.id) ?? []), unit]);
    });
    doubted.forEach((trainer, index) => {
      trainer.copy = { step: work.step, at: now };
      const copied = work.units[index % work.units.length]!;
      work.ask(copied, trainer.id);
      given.set(trainer.id, [copied]);
    });
    return [...given].map(([trainer, units]) => ({ trainer, nodes: units.map((unit) => unit.node) }));
  }

  measured(unit: Unit, trainer: string, now: number): void {
    const since = unit.holders.get(trainer);
    if (since === undefined) return;
    const pace = (now - since) / size(unit.node);
    this.paceMs ??= pace;
    // Cap the sample: a node that was worth duplicating was held up by something else and says little about the usual
    // pace.
    const most = Math.max(duplicateFloorMs, duplicateFactor * this.paceMs);
    this.paceMs += paceWeight * (Math.min(pace, most) - this.paceMs);
  }

  /** Whether a node's result arrived within the usual time after the node was assigned. */
  isUsual(node: TreeNode, ms: number): boolean {
    return (
      this.paceMs === undefined || ms <= Math.max(usualFloorMs, duplicateFactor * this.paceMs * size(node))
    );
  }

  /** Assigns an open unit that no trainer holds. */
  assign(
    work: StepWork,
    unit: Unit,
    trainers: readonly Trainer[],
    reason: ReissueReason,
    now: number,
  ): Effect[] {
    if (now < unit.notBefore) return [];
    const poisoned = unit.lostBy.size >= poisonLosses;
    const free = trainers.filter((trainer) => {
      if (unit.barred.has(trainer.id)) return false;
      const held = work.heldBy(trainer.id);
      if (poisoned) return held.length === 0;
      return !held.some((other) => other.lostBy.size >= poisonLosses);
    });
    const fresh = free.filter(
      (trainer) => ![...unit.notFiniteBy].some((said) => said.startsWith(`${trainer.id}#`)),
    );
    // If every trainer has already reported this unit as non-finite, ask one of them to compute it again.
    const candidates = fresh.length > 0 ? fresh : free;
    const machines = new Set(unit.barred.values());
    const near = (trainer: Trainer) => Number(machines.has(trainer.machine));
    const isBetter = (a: Trainer, b: Trainer) =>
      (near(a) - near(b) || a.owed - b.owed || load(work, a) - load(work, b)) < 0;
    const [first, ...others] = candidates;
    if (!first) return [];
    const chosen = others.reduce((best, other) => (isBetter(other, best) ? other : best), first);
    if (fresh.length === 0) unit.attempt++;
    return this.give(work, unit, chosen.id, reason, now);
  }

  /** Places unassigned units, reissues overdue ones, and lets idle trainers duplicate late ones. */
  tick(work: StepWork, trainers: readonly Trainer[], now: number): Effect[] {
    const effects: Effect[] = [];
    const open = work.open();
    for (const unit of open) {
      if (unit.holders.size === 0 && !unit.optional) {
        effects.push(...this.assign(work, unit, trainers, "lost-trainer", now));
      } else if (now >= unit.deadlineAt && unit.holders.size > 0) {
        unit.reissues++;
        const others = trainers.filter((trainer) => !unit.holders.has(trainer.id));
        effects.push(...this.assign(work, unit, others.length > 0 ? others : trainers, "deadline", now));
        unit.deadlineAt = Math.max(
          unit.deadlineAt,
          now + this.deadlineMs(unit) * 2 ** Math.min(unit.reissues, 20),
        );
      }
    }
    let late = open.filter((unit) => this.worthDoubling(unit, now));
    for (const trainer of trainers) {
      if (late.length === 0) break;
      if (trainer.owed > 0 || load(work, trainer) > 0) continue;
      const unit = late.find(({ barred }) => !barred.has(trainer.id));
      if (!unit) continue;
      for (const holder of trainers) if (unit.holders.has(holder.id)) doubt(holder);
      effects.push(...this.give(work, unit, trainer.id, "duplicate", now));
      late = late.filter((one) => this.worthDoubling(one, now));
    }
    return effects;
  }

  /** Gives a trainer that joins during a step a waiting unit, or else half of the largest unit in progress. */
  welcome(work: StepWork, trainer: string, now: number): Effect[] {
    const waiting = work.open().find((unit) => unit.holders.size === 0 && now >= unit.notBefore);
    const unit = waiting ?? work.steal();
    if (!unit) return [];
    work.give(unit, trainer, now, this.deadlineMs(unit));
    return [{ kind: "reissue", reason: "joined" }];
  }

  /**
   * Resends assignments that were lost on the way. A heartbeat shows which of its nodes a trainer knows about. Deadlines
   * stay as they are, since a trainer that sends heartbeats and computes nothing would move them for ever. For the same
   * reason, a trainer that still does not know a node after two repairs is doubted, and the node goes to another one.
   */
  repair(
    work: StepWork,
    trainer: Trainer,
    knows: (unit: Unit) => boolean,
    trainers: readonly Trainer[],
    now: number,
  ): Effect[] {
    return work.heldBy(trainer.id).flatMap((unit) => {
      if (knows(unit)) {
        unit.repairs.delete(trainer.id);
        return [];
      }
      const repaired = unit.repairs.get(trainer.id) ?? { count: 0, at: unit.holders.get(trainer.id)! };
      if (now - repaired.at <= repairAfterMs) return [];
      const count = repaired.count + 1;
      unit.repairs.set(trainer.id, { count, at: now });
      const again: Effect[] = [assignment(work, unit, trainer.id), { kind: "reissue", reason: "repair" }];
      if (count !== doubtedRepairs) return again;
      doubt(trainer);
      const others = trainers.filter((other) => other.owed === 0 && !unit.holders.has(other.id));
      if (unit.holders.size >= holdersMax) return again;
      return [...again, ...this.assign(work, unit, others, "duplicate", now)];
    });
  }

  /** Returns the trainers that do not know what they hold, after repairs that should have told them. */
  unresponsive(work: StepWork): string[] {
    const ids = work.units
      .filter((unit) => unit.repairs.size > 0 && !work.tree.isFilled(unit.node))
      .flatMap(({ repairs }) => [...repairs].filter(([, { count }]) => count >= doubtedRepairs))
      .map(([id]) => id);
    return [...new Set(ids)];
  }

  private give(work: StepWork, unit: Unit, trainer: string, reason: ReissueReason, now: number): Effect[] {
    work.give(unit, trainer, now, this.deadlineMs(unit));
    return [assignment(work, unit, trainer), { kind: "reissue", reason }];
  }

  private worthDoubling(unit: Unit, now: number): boolean {
    if (unit.holders.size === 0 || unit.holders.size >= holdersMax || unit.lostBy.size >= poisonLosses)
      return false;
    if (this.paceMs === undefined) return false;
    const since = Math.min(...unit.holders.values());
    return now - since > Math.max(duplicateFloorMs, duplicateFactor * this.paceMs * size(unit.node));
  }

  private deadlineMs(unit: Unit): number {
    if (this.paceMs === undefined) return deadlineUnknownMs;
    return Math.max(deadlineFloorMs, deadlineFactor * this.paceMs * size(unit.node));
  }
}

function assignment({ step }: StepWork, unit: Unit, trainer: string): Effect {
  const audit = unit.barred.size > 0;
  return { kind: "assign", step, trainer, nodes: [unit.node], attempt: unit.attempt, audit };
}

/** Number of open nodes that a trainer holds. */
function load(work: StepWork, trainer: Trainer): number {
  return work.heldBy(trainer.id).length;
}
