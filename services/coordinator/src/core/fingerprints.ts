/**
 * The run's fingerprint: the hash of a probe's gradient, fixed before step 1. Trainers that compute other bits would
 * make the result depend on who computed what, so they are refused by name.
 */

/** How long a lone trainer waits for a second one to agree with, before its own second probe counts. */
const aloneMsDefault = 500;

interface Candidate {
  readonly fingerprint: string;
  readonly machine: string;
  /** Hash of its probe's batch. */
  readonly batch: string;
  readonly at: number;
}

export class Fingerprints {
  fixed: string | null;
  /** Hash of the probe's batch of those that compute the fixed one; null before any has come. */
  batch: string | null = null;
  /** Asked of the evaluator, not yet answered. */
  private fixing = false;
  private readonly aloneMs: number;
  private readonly candidates = new Map<string, Candidate>();

  constructor(fixed: string | null, aloneMs = aloneMsDefault) {
    this.fixed = fixed;
    this.aloneMs = aloneMs;
  }

  /** A trainer that has computed its probe twice. */
  offer(trainer: string, candidate: Candidate): void {
    const known = this.candidates.get(trainer);
    if (known?.fingerprint !== candidate.fingerprint) this.candidates.set(trainer, candidate);
  }

  withdraw(trainer: string): void {
    this.candidates.delete(trainer);
  }

  /** The fingerprint to fix now: two trainers agree, or one has been alone for a while. */
  decide(now: number): string | undefined {
    if (this.fixed !== null || this.fixing) return undefined;
    const seen = new Set<string>();
    for (const candidate of this.candidates.values()) {
      if (seen.has(candidate.fingerprint)) return this.take(candidate);
      seen.add(candidate.fingerprint);
    }
    const [alone] = this.candidates.values();
    if (alone && this.candidates.size === 1 && now - alone.at >= this.aloneMs) return this.take(alone);
    return undefined;
  }

  /** Trainers that came and do not agree, for a person to read. */
  disagreement(): string | null {
    const prints = [...this.candidates.entries()];
    if (new Set(prints.map(([, { fingerprint }]) => fingerprint)).size < 2) return null;
    return prints
      .map(([trainer, { machine, fingerprint }]) => `${trainer} on ${machine}: ${fingerprint.slice(0, 12)}`)
      .join(", ");
  }

  /** Whether any trainer is here while none is fixed. */
  get offered(): boolean {
    return this.candidates.size > 0;
  }

  /** Whether trainers disagree since they have other sequences, and not for how they compute. */
  get batchesDiffer(): boolean {
    return new Set([...this.candidates.values()].map(({ batch }) => batch)).size > 1;
  }

  private take({ fingerprint, batch }: Candidate): string {
    this.fixing = true;
    this.batch = batch;
    return fingerprint;
  }
}
