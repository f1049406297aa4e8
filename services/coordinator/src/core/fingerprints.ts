/**
 * The run's fingerprint: the hash of a probe's gradient, fixed before step 1. With trainers that do not compute the
 * same bits, the result would depend on which trainer computed what, so such trainers are refused by name.
 */

/**
 * How long a lone trainer waits for a second one to agree with before its own second probe is enough, in milliseconds.
 */
const aloneMsDefault = 500;

interface Candidate {
  readonly fingerprint: string;
  readonly machine: string;
  /** Hash of the batch that the trainer's probe used. */
  readonly batch: string;
  readonly at: number;
}

export class Fingerprints {
  fixed: string | null;
  /** Hash of the probe's batch used by trainers with the fixed fingerprint; null until one has been seen. */
  batch: string | null = null;
  /** Who decided on the fingerprint, as text for an event; null if it was fixed before. */
  by: string | null = null;
  /** The probe as the coordinator itself has computed it. */
  private own: { readonly fingerprint: string; readonly batch: string } | undefined;
  /** Whether the evaluator has been asked to fix a fingerprint and has not answered yet. */
  private fixing = false;
  private readonly aloneMs: number;
  private readonly candidates = new Map<string, Candidate>();

  constructor(fixed: string | null, aloneMs = aloneMsDefault) {
    this.fixed = fixed;
    this.aloneMs = aloneMs;
  }

  /** Registers a trainer that has computed its probe twice. */
  offer(trainer: string, candidate: Candidate): void {
    const known = this.candidates.get(trainer);
    if (known?.fingerprint !== candidate.fingerprint) this.candidates.set(trainer, candidate);
  }

  withdraw(trainer: string): void {
    this.candidates.delete(trainer);
  }

  /** Takes the coordinator's own probe, which trainers cannot outvote. */
  know(probe: { readonly fingerprint: string; readonly batch: string }): void {
    this.own = probe;
  }

  /** Whether the fingerprint is fixed, or its value known. */
  get isKnown(): boolean {
    return this.fixed !== null || this.own !== undefined;
  }

  /**
   * Returns the fingerprint to fix now: the coordinator's own; without it, one that two trainers agree on, or that of a
   * trainer alone for a while.
   */
  decide(now: number): string | undefined {
    if (this.fixed !== null || this.fixing) return undefined;
    if (this.own) return this.take(this.own, "the coordinator's own probe");
    const seen = new Map<string, string>();
    for (const [trainer, candidate] of this.candidates) {
      const other = seen.get(candidate.fingerprint);
      if (other !== undefined) return this.take(candidate, `trainers ${other} and ${trainer}`);
      seen.set(candidate.fingerprint, trainer);
    }
    const [alone] = this.candidates;
    if (alone && this.candidates.size === 1 && now - alone[1].at >= this.aloneMs)
      return this.take(alone[1], `trainer ${alone[0]} alone`);
    return undefined;
  }

  /** Returns a human-readable list of the trainers if they disagree, otherwise null. */
  disagreement(): string | null {
    const prints = [...this.candidates.entries()];
    if (new Set(prints.map(([, { fingerprint }]) => fingerprint)).size < 2) return null;
    return prints
      .map(([trainer, { machine, fingerprint }]) => `${trainer} on ${machine}: ${fingerprint.slice(0, 12)}`)
      .join(", ");
  }

  /** Whether any trainer offers a fingerprint. */
  get offered(): boolean {
    return this.candidates.size > 0;
  }

  /** Whether trainers disagree because their sequences differ, not because of how they compute. */
  get batchesDiffer(): boolean {
    return new Set([...this.candidates.values()].map(({ batch }) => batch)).size > 1;
  }

  private take({ fingerprint, batch }: Pick<Candidate, "fingerprint" | "batch">, by: string): string {
    this.fixing = true;
    this.by = by;
    this.batch = batch;
    return fingerprint;
  }
}
