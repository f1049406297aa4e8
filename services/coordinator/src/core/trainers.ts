/** Who is in: trainers that joined this epoch, and when each was last heard. */

/** Trainers say every 250 ms that they live; four of those missed is a trainer gone. A late one comes back as it was. */
export const goneMs = 1000;

export interface Trainer {
  readonly id: string;
  readonly machine: string;
  heardAt: number;
  present: boolean;
  /** How often a node of it was given to another lately because it took so long. */
  doubts: number;
  /** Results in the usual time that it must show before a step waits for it again. */
  owed: number;
  /** The copy that it was given to show that. */
  copy: { readonly step: number; readonly at: number } | undefined;
}

/** From the eighth doubt on, 128 results are owed. */
const doubtsMax = 8;
/** After so many results that were waited for, a doubt is forgotten. */
const doubtLasts = 256;

export function newTrainer(id: string, machine: string, now: number): Trainer {
  return { id, machine, heardAt: now, present: true, doubts: 0, owed: 0, copy: undefined };
}

/** A node of it had to be doubled: each time it owes twice as many results. */
export function doubt(trainer: Trainer): void {
  trainer.doubts = Math.min(doubtsMax, trainer.doubts + 1);
  trainer.owed = 2 ** (Math.ceil(trainer.doubts) - 1);
}

/** A result of it has come. */
export function showed(trainer: Trainer, inUsualTime: boolean): void {
  if (trainer.owed === 0) trainer.doubts = Math.max(0, trainer.doubts - 1 / doubtLasts);
  else if (inUsualTime) trainer.owed--;
}

/** Ids that are remembered after they went, so that a late heartbeat or result is known; oldest forgotten first. */
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

  /** In the order in which they joined. */
  present(): Trainer[] {
    return [...this.known.values()].filter((trainer) => trainer.present);
  }

  /** Those that a step may wait for; where all owe results, all. */
  relied(): Trainer[] {
    const present = this.present();
    const relied = present.filter((trainer) => trainer.owed === 0);
    return relied.length > 0 ? relied : present;
  }

  /** Those not heard for too long. */
  silent(now: number): Trainer[] {
    return this.present().filter((trainer) => now - trainer.heardAt > goneMs);
  }

  /** Moves all readings: this process itself was asleep for that long. */
  shift(ms: number): void {
    for (const trainer of this.known.values()) trainer.heardAt += ms;
  }
}
