/** Decides whether a trainer may join the run. */

import type { Effect, Event } from "./events.ts";
import type { Fingerprints } from "./fingerprints.ts";
import type { Identities } from "./identities.ts";
import type { Trust } from "./trust.ts";
import type { Unable } from "./unable.ts";

export interface AdmissionDeps {
  readonly identities: Identities;
  readonly fingerprints: Fingerprints;
  readonly trust: Trust;
  readonly unable: Unable;
  /** Whether any fingerprint will do. */
  readonly relaxed: boolean;
  /** Prefix that blames a user's own task for differing sequences; empty for a built-in task. */
  readonly because: string;
}

export class Admission {
  private readonly deps: AdmissionDeps;

  constructor(deps: AdmissionDeps) {
    this.deps = deps;
  }

  /** Returns the answer to a join that must be refused, or undefined if the trainer may join. */
  refusal(join: Event & { kind: "join" }, now: number): Effect[] | undefined {
    const { token, trainer, secret, machine, fingerprints, batch } = join;
    const { identities, trust, unable, relaxed } = this.deps;
    const [first, second] = fingerprints;
    if (!identities.claims(trainer, secret)) {
      const why = `Trainer ${trainer} is known by another secret: it must restart, under another id`;
      return [refuse(token, "IDENTITY", why)];
    }
    unable.withdraw(trainer);
    if (first !== second) {
      const why = `Trainer ${trainer} gave two results for one probe: ${first}, ${second}`;
      return [refuse(token, "NOT_DETERMINISTIC", why)];
    }
    const exclusion = trust.exclusionOf(trainer, machine);
    if (exclusion) {
      const why = `Trainer ${trainer} on ${machine} is quarantined: ${exclusion.why}`;
      return refuseAloud(join, "QUARANTINED", why);
    }
    const { fixed, batch: known } = this.deps.fingerprints;
    if (fixed === null) {
      this.deps.fingerprints.offer(trainer, { fingerprint: first, machine, batch, at: now });
      return [refuse(token, "NOT_YET", "The run's fingerprint is not fixed yet; ask again")];
    }
    if (first !== fixed && !relaxed) {
      const because = known !== null && known !== batch ? this.deps.because : "";
      const why =
        `${because}Trainer ${trainer} on ${machine} computes other bits: ` +
        `its fingerprint must be ${fixed}, got ${first}`;
      return refuseAloud(join, "FINGERPRINT", why);
    }
    if (first === fixed) this.deps.fingerprints.batch = batch;
    return undefined;
  }
}

export function refuse(token: number, code: string, message: string): Effect {
  return { kind: "refuse", token, code, message };
}

/** Refuses a trainer that will not be admitted later either, which an operator has to know. */
function refuseAloud(
  { token, trainer, machine }: Event & { kind: "join" },
  code: string,
  why: string,
): Effect[] {
  return [refuse(token, code, why), { kind: "event", event: "refused", fields: { trainer, machine, why } }];
}
