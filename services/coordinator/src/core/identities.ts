/**
 * Which secret belongs to which trainer. A trainer draws its secret when it starts and repeats it in all its messages,
 * which only coordinators may subscribe to. So no other trainer can speak in its name, though all trainers share a
 * password and know each other's ids from the assignments.
 */

/** How many trainers that are not present are remembered; the oldest are forgotten first. */
const rememberedMax = 10_000;

export class Identities {
  private readonly secrets = new Map<string, string>();
  private readonly isPresent: (trainer: string) => boolean;

  /** @param isPresent whether a trainer must not be forgotten */
  constructor(isPresent: (trainer: string) => boolean) {
    this.isPresent = isPresent;
  }

  /** Whether a trainer that introduces itself has the secret of its id. The first to use an id owns it. */
  claims(trainer: string, secret: string): boolean {
    if (!this.secrets.has(trainer)) {
      this.secrets.set(trainer, secret);
      this.forgetOldest();
    }
    return this.owns(trainer, secret);
  }

  owns(trainer: string, secret: string): boolean {
    return this.secrets.get(trainer) === secret;
  }

  /** Whether a message may be the trainer's, since no other one has its id. Unlike `claims`, it does not assign the id. */
  mayBe(trainer: string, secret: string): boolean {
    return !this.secrets.has(trainer) || this.owns(trainer, secret);
  }

  private forgetOldest(): void {
    if (this.secrets.size <= rememberedMax) return;
    for (const trainer of this.secrets.keys()) {
      if (this.isPresent(trainer)) continue;
      this.secrets.delete(trainer);
      return;
    }
  }
}
