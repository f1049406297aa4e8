/** Which run a trainer serves: the one it was told, else the announced one with the fewest trainers. */

import { type Fields, isUnderWay, type messages } from "@memnet/protocol";

export type Announcement = Fields<typeof messages.announce>;

/** A coordinator announces every second; three of those missed and its run is not chosen any more. */
const freshMs = 3500;

export class Chooser {
  private readonly wanted: string | null;
  private readonly heard = new Map<string, { announcement: Announcement; at: number }>();
  /** Runs that this trainer cannot serve, by the configuration that it could not. */
  private readonly refused = new Map<string, string>();

  constructor(wanted: string | null) {
    this.wanted = wanted;
  }

  hear(announcement: Announcement, now: number): void {
    if (this.wanted !== null && announcement.run !== this.wanted) return;
    const known = this.heard.get(announcement.run);
    if (known && known.announcement.epoch > announcement.epoch && now - known.at < freshMs) return;
    this.heard.set(announcement.run, { announcement, at: now });
  }

  /** This trainer does not serve the run, as long as its configuration and epoch are these. */
  refuse({ run, training, epoch }: Announcement): void {
    this.refused.set(run, `${training} ${epoch}`);
  }

  /** The run to serve now. */
  choose(now: number): Announcement | undefined {
    for (const [run, { at }] of this.heard) if (now - at > freshMs) this.heard.delete(run);
    const open = [...this.heard.values()]
      .map(({ announcement }) => announcement)
      .filter(({ state }) => isUnderWay(state))
      .filter(({ run, training, epoch }) => this.refused.get(run) !== `${training} ${epoch}`);
    return open.sort((a, b) => a.trainers - b.trainers || (a.run < b.run ? -1 : 1))[0];
  }

  /** The newest word of a run; nothing where its coordinator has gone silent or the run is over. */
  newest(run: string, now: number): Announcement | undefined {
    const known = this.heard.get(run);
    if (!known || now - known.at > freshMs) return undefined;
    const { state } = known.announcement;
    return isUnderWay(state) ? known.announcement : undefined;
  }

  /** The run's coordinator has said that it is over. */
  isOver(run: string): boolean {
    const state = this.heard.get(run)?.announcement.state;
    return state !== undefined && !isUnderWay(state);
  }
}
