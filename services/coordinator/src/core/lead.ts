/**
 * Lets a trainer that is alone lead: it takes steps itself, with the coordinator's code, and begins the next one while its
 * result travels. The coordinator takes the same steps from the same results, and only its parameters count: a result
 * that was computed on others is dropped like any trainer's, and ends the lead.
 */

import type { Leave, Result } from "./events.ts";

export class Lead {
  private readonly window: number;
  private readonly lastStep: number;
  /** The only trainer of the step before. */
  private alone: string | undefined;
  private leader: { readonly trainer: string; readonly until: number } | undefined;
  /** The leader's results of steps that have not begun here. */
  private readonly early = new Map<number, Result>();
  private readonly barred = new Set<string>();

  /**
   * @param window   how many steps a leader may be ahead; 0 if none may lead
   * @param lastStep the run's last step
   */
  constructor(window: number, lastStep: number) {
    this.window = window;
    this.lastStep = lastStep;
  }

  /**
   * Begins a step with these trainers. One that was alone in the step before gets leave, unless it is barred: so one that
   * others are about to join is not sent the optimizer's state in vain.
   */
  begin(step: number, trainers: readonly string[]): Leave | null {
    const only = trainers.length === 1 ? trainers[0] : undefined;
    if (only === undefined || only !== this.alone) {
      this.end();
      this.alone = only;
      return null;
    }
    if (this.window === 0 || this.barred.has(only)) return null;
    const known = this.leader?.until;
    const told = known === undefined || (known < this.lastStep && known - step < this.window / 2);
    const until = told ? Math.min(this.lastStep, step + this.window) : known;
    this.leader = { trainer: only, until };
    return { until, begins: known === undefined, told };
  }

  /** Whether a trainer leads. */
  get isOn(): boolean {
    return this.leader !== undefined;
  }

  /** Ends the lead and forgets what came early. */
  end(): void {
    this.alone = undefined;
    this.leader = undefined;
    this.early.clear();
  }

  /**
   * Ends the lead of a trainer that computed on other parameters than the coordinator's; it does not lead again. Returns
   * false if it does not lead.
   */
  bar(trainer: string): boolean {
    if (this.leader?.trainer !== trainer) return false;
    this.barred.add(trainer);
    this.end();
    return true;
  }

  /** Keeps a result of a step that has not begun, if its trainer has leave for that step. Returns whether it did. */
  keep(result: Result, current: number): boolean {
    const { leader } = this;
    if (leader?.trainer !== result.trainer || result.step <= current || result.step > leader.until)
      return false;
    this.early.set(result.step, result);
    return true;
  }

  /** Returns the result that came early for a step, if one did. */
  take(step: number): Result | undefined {
    const result = this.early.get(step);
    this.early.delete(step);
    return result;
  }
}
