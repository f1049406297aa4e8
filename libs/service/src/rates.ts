/** Bounds how often senders do something: a bucket for each of them, and one for all together. */

import type { Clock } from "./clock.ts";
import { kept } from "./kept.ts";

export interface RateLimit {
  readonly perSecond: number;
  /** What may come at once after a quiet time. */
  readonly burst: number;
}

export interface RateLimits {
  readonly each?: RateLimit;
  /** For all senders together, since a flood can use any number of names. */
  readonly all?: RateLimit;
}

/** The senders remembered, above any cluster's number; the ones silent for longest are forgotten first. */
const sendersMax = 10_000;

interface Bucket {
  left: number;
  at: number;
}

export class Rates {
  private readonly clock: Clock;
  private readonly limits: RateLimits;
  private readonly bySender = new Map<string, Bucket>();
  private readonly together: Bucket;

  constructor(clock: Clock, limits: RateLimits) {
    this.clock = clock;
    this.limits = limits;
    this.together = { left: limits.all?.burst ?? 0, at: clock.now() };
  }

  /** Takes `cost` from the sender's bucket and the common one. Returns false, and takes nothing, if one has too little. */
  take(sender: string, cost = 1): boolean {
    const { each, all } = this.limits;
    const now = this.clock.now();
    const own =
      each && kept(this.bySender, sender, sendersMax, (): Bucket => ({ left: each.burst, at: now }));
    if (own) fill(own, each, now);
    if (all) fill(this.together, all, now);
    if ((own && own.left < cost) || (all && this.together.left < cost)) return false;
    if (own) own.left -= cost;
    if (all) this.together.left -= cost;
    return true;
  }
}

function fill(bucket: Bucket, { perSecond, burst }: RateLimit, now: number): void {
  bucket.left = Math.min(burst, bucket.left + ((now - bucket.at) / 1000) * perSecond);
  bucket.at = now;
}
