/** Asks to join a run until the coordinator answers. */

import { type Fields, messages, RefusedError, subjects } from "@memnet/protocol";
import type { Actor } from "@memnet/service";
import type { TrainingConfig } from "memnet";
import type { Announcement, Chooser } from "./chooser.ts";
import type { Probe } from "./computer.ts";

const joinTimeoutMs = 5000;
/** Pause between two attempts to join the run. */
const joinAgainMs = 100;

export type Joined = Extract<Fields<typeof messages.joined>, { ok: true }>;

export interface JoinerOptions {
  readonly actor: Actor;
  /** Shows the coordinator that a message is this trainer's own. */
  readonly secret: string;
  readonly announcement: Announcement;
  readonly training: TrainingConfig;
  readonly chooser: Chooser;
  readonly probes: readonly [Probe, Probe];
  /** Whether the trainer has left the run, and so asks no more. */
  readonly hasLeft: () => boolean;
  /** Takes the answer. If this throws, the trainer asks again. */
  readonly admit: (epoch: number, joined: Joined, body: Uint8Array) => Promise<void>;
  /** Is called if the run will not admit this trainer. */
  readonly refused: (why: "refused" | "impersonated") => void;
}

export class Joiner {
  private readonly options: JoinerOptions;
  private joining = false;
  private endPause: () => void = () => {};

  constructor(options: JoinerOptions) {
    this.options = options;
  }

  /** Joins the run, or asks again for the parameters of its current step, until there is an answer. */
  join(): void {
    if (this.joining || this.options.hasLeft()) return;
    this.joining = true;
    const { actor, announcement } = this.options;
    this.joinUntilAnswered()
      .catch((error) => actor.log.error("Cannot join the run", { run: announcement.run, error }))
      .finally(() => {
        this.joining = false;
      });
  }

  /** Ends the pause before the next attempt. */
  hurry(): void {
    this.endPause();
  }

  private async joinUntilAnswered(): Promise<void> {
    const { actor, chooser, announcement, hasLeft, admit } = this.options;
    const { run } = announcement;
    while (!hasLeft()) {
      const newest = chooser.newest(run, actor.clock.now());
      if (newest?.trainingHash === announcement.trainingHash) {
        try {
          const { fields, body } = await this.ask(newest);
          await admit(newest.epoch, fields, body);
          return;
        } catch (error) {
          if (this.isFinal(error, newest)) return;
          actor.log.debug("Not joined yet", { run, why: String(error) });
        }
      }
      await this.pause();
    }
  }

  private ask({ run, epoch, trainingHash }: Announcement) {
    const { actor, secret, training, probes } = this.options;
    const { messenger, machine } = actor;
    const [first, second] = probes;
    const question = {
      run,
      epoch,
      trainingHash,
      trainer: messenger.id,
      secret,
      machine,
      engine: training.engine,
      fingerprints: [first.fingerprint, second.fingerprint] as [string, string],
      batch: first.batch,
    };
    return messenger.ask(messages.join, messages.joined, subjects.run(run).join, question, joinTimeoutMs);
  }

  /** Leaves the run if it refuses this trainer for good. */
  private isFinal(error: unknown, newest: Announcement): boolean {
    if (!(error instanceof RefusedError)) return false;
    const { actor, chooser, refused } = this.options;
    const isUnfit = ["FINGERPRINT", "NOT_DETERMINISTIC", "QUARANTINED"].includes(error.code);
    if (!isUnfit && error.code !== "IDENTITY") return false;
    actor.log.error(error.message, { code: error.code });
    if (isUnfit) chooser.refuse(newest);
    refused(isUnfit ? "refused" : "impersonated");
    return true;
  }

  /** Resolves after a pause, or at hurry(). */
  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.actor.clock.after(joinAgainMs, resolve);
      this.endPause = () => {
        cancel();
        resolve();
      };
    });
  }
}
