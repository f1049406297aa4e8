/** Chooses which run a trainer serves: the requested one, otherwise the announced run with the fewest trainers. */

import { type Fields, isUnderWay, type messages } from "@memnet/protocol";

export type Announcement = Fields<typeof messages.announce>;

/** Coordinators announce every second; a run that misses three announcements is no longer chosen. */
const freshMs = 3500;

/** Runs remembered, above any cluster's number, since names come from the network. */
const runsMax = 1000;

export class Chooser {
  private readonly wanted: string | null;
  private readonly heard = new Map<string, { announcement: Announcement; at: number }>();
  /** Runs that this trainer cannot serve, each with the configuration and epoch it failed at. */
  private readonly refused = new Map<string, string>();

  constructor(wanted: string | null) {
    this.wanted = wanted;
  }

  hear(announcement: Announcement, now: number): void {
    if (this.wanted !== null && announcement.run !== this.wanted) return;
    const known = this.heard.get(announcement.run);
    if (known && known.announcement.epoch > announcement.epoch && now - known.at < freshMs) return;
    if (!known && this.heard.size >= runsMax) this.forgetSilent(now);
    if (!known && this.heard.size >= runsMax) return;
    this.heard.set(announcement.run, { announcement, at: now });
  }

  /** Excludes a run while its configuration and epoch are these. */
  refuse({ run, trainingHash, epoch }: Announcement): void {
    this.refused.set(run, `${trainingHash} ${epoch}`);
  }

  /** Returns the run to serve now. */
  choose(now: number): Announcement | undefined {
    this.forgetSilent(now);
    const open = [...this.heard.values()]
      .map(({ announcement }) => announcement)
      .filter(({ state, joinable }) => isUnderWay(state) && (joinable || this.wanted !== null))
      .filter(({ run, trainingHash, epoch }) => this.refused.get(run) !== `${trainingHash} ${epoch}`);
    return open.sort((a, b) => a.trainers - b.trainers || (a.run < b.run ? -1 : 1))[0];
  }

  private forgetSilent(now: number): void {
    for (const [run, { at }] of this.heard) if (now - at > freshMs) this.heard.delete(run);
  }

  /** Returns a run's latest announcement; undefined if its coordinator is silent or the run is over. */
  newest(run: string, now: number): Announcement | undefined {
    const known = this.heard.get(run);
    if (!known || now - known.at > freshMs) return undefined;
    const { state } = known.announcement;
    return isUnderWay(state) ? known.announcement : undefined;
  }

  /** Whether the run's coordinator has announced that it is over. */
  isOver(run: string): boolean {
    const state = this.heard.get(run)?.announcement.state;
    return state !== undefined && !isUnderWay(state);
  }
}
