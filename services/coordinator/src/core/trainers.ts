/** Who is in: trainers that joined this epoch, and when each was last heard. */

/** Trainers say every 250 ms that they live; four of those missed is a trainer gone. A late one comes back as it was. */
export const goneMs = 1000;

export interface Trainer {
  readonly id: string;
  readonly machine: string;
  heardAt: number;
  present: boolean;
  /** A node of it was given to another because it took so long, and no result of it has come since. */
  doubted: boolean;
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

  /** Those that a step may wait for; where all are doubted, all. */
  relied(): Trainer[] {
    const present = this.present();
    const relied = present.filter((trainer) => !trainer.doubted);
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
