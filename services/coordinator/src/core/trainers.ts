/** The trainers that joined this epoch, and when each was last heard. */

/**
 * How long a trainer may be silent. Heartbeats come every 250 ms; a trainer that misses four counts as lost, and a late
 * heartbeat restores it.
 */
export const goneMs = 1000;

export interface Trainer {
  readonly id: string;
  readonly machine: string;
  heardAt: number;
  present: boolean;
  /** Whether its results are not used any more, since one was wrong. */
  excluded: boolean;
  /** How often another trainer recently had to duplicate a node of this one because it was slow. */
  doubts: number;
  /** How many results the trainer must deliver in the usual time before a step waits for it again. */
  owed: number;
  /** The copy of a unit that it was given to prove its speed. */
  copy: { readonly step: number; readonly at: number } | undefined;
}

/** From the eighth doubt on, a trainer owes 128 results. */
const doubtsMax = 8;
/** A doubt is forgotten after this many results that the run waited for. */
const doubtLasts = 256;

export function newTrainer(id: string, machine: string, now: number): Trainer {
  return { id, machine, heardAt: now, present: true, excluded: false, doubts: 0, owed: 0, copy: undefined };
}

/** Records that a node of this trainer had to be duplicated. Each further doubt doubles the number of results owed. */
export function doubt(trainer: Trainer): void {
  trainer.doubts = Math.min(doubtsMax, trainer.doubts + 1);
  trainer.owed = 2 ** (Math.ceil(trainer.doubts) - 1);
}

/** Records a result of this trainer. */
export function showed(trainer: Trainer, inUsualTime: boolean): void {
  if (trainer.owed === 0) trainer.doubts = Math.max(0, trainer.doubts - 1 / doubtLasts);
  else if (inUsualTime) trainer.owed--;
}

/**
 * How many trainers are remembered after they left, so that their late messages are recognised; the oldest go first.
 */
const rememberedMax = 10_000;

export class Trainers {
  private readonly known = new Map<string, Trainer>();

  get(id: string): Trainer | undefined {
    return this.known.get(id);
  }

  add(trainer: Trainer): void {
    this.known.set(trainer.id, trainer);
    if (this.known.size <= rememberedMax) return;
    for (const [id, { present }] of this.known) {
      if (!present) {
        this.known.delete(id);
        return;
      }
    }
  }

  /** Returns the trainers that are present, in the order in which they joined. */
  present(): Trainer[] {
    return [...this.known.values()].filter((trainer) => trainer.present);
  }

  get anyPresent(): boolean {
    for (const { present } of this.known.values()) if (present) return true;
    return false;
  }

  /** Returns the trainers that a step may wait for: those that owe no results, or all if every trainer owes some. */
  relied(): Trainer[] {
    const present = this.present();
    const relied = present.filter((trainer) => trainer.owed === 0);
    return relied.length > 0 ? relied : present;
  }

  /** Returns the trainers that have been silent for too long. */
  silent(now: number): Trainer[] {
    return this.present().filter((trainer) => now - trainer.heardAt > goneMs);
  }

  /** Shifts all timestamps by the time that this process was asleep. */
  shift(ms: number): void {
    for (const trainer of this.known.values()) trainer.heardAt += ms;
  }
}
