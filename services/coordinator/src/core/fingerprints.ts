/**
 * The run's fingerprint: the hash of a probe's gradient, fixed before step 1. Trainers that compute other bits would
 * make the result depend on who computed what, so they are refused by name.
 */

/** How long a lone trainer waits for a second one to agree with, before its own second probe counts. */
const aloneMs = 500;

export class Fingerprints {
  fixed: string | null;
  /** Asked of the evaluator, not yet answered. */
  private fixing = false;
  private readonly candidates = new Map<string, { fingerprint: string; machine: string; at: number }>();

  constructor(fixed: string | null) {
    this.fixed = fixed;
  }

  /** A trainer that has computed its probe twice. */
  offer(trainer: string, machine: string, fingerprint: string, now: number): void {
    const known = this.candidates.get(trainer);
    if (known?.fingerprint !== fingerprint) this.candidates.set(trainer, { fingerprint, machine, at: now });
  }

  withdraw(trainer: string): void {
    this.candidates.delete(trainer);
  }

  /** The fingerprint to fix now: two trainers agree, or one has been alone for a while. */
  decide(now: number): string | undefined {
    if (this.fixed !== null || this.fixing) return undefined;
    const seen = new Set<string>();
    for (const { fingerprint } of this.candidates.values()) {
      if (seen.has(fingerprint)) return this.take(fingerprint);
      seen.add(fingerprint);
    }
    const [alone] = this.candidates.values();
    if (alone && this.candidates.size === 1 && now - alone.at >= aloneMs) return this.take(alone.fingerprint);
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

  private take(fingerprint: string): string {
    this.fixing = true;
    return fingerprint;
  }
}
