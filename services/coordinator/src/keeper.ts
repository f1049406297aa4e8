/** Sends snapshots to the evaluator, oldest first, repeating each until it is acknowledged. */

import { hashOf, messages, type RunFields, subjects } from "@memnet/protocol";
import type { Actor } from "@memnet/service";
import { askUntilAnswered } from "./evaluator-link.ts";

export class Keeper {
  private readonly actor: Actor;
  private readonly fields: RunFields;
  private readonly signal: AbortSignal;
  private readonly acknowledged: (step: number) => void;
  private lines: string[] = [];
  private last: Promise<void> = Promise.resolve();

  constructor(actor: Actor, fields: RunFields, signal: AbortSignal, acknowledged: (step: number) => void) {
    this.actor = actor;
    this.fields = fields;
    this.signal = signal;
    this.acknowledged = acknowledged;
  }

  /** Stores a step's line for the next snapshot. */
  note(line: string): void {
    this.lines.push(line);
  }

  /**
   * Sends a step's checkpoint with the lines since the previous snapshot.
   *
   * @throws if the evaluator refuses for a reason that a retry cannot fix, or the checkpoint cannot be made
   */
  keep(step: number, checkpoint: Promise<Uint8Array>): Promise<void> {
    const records = new TextEncoder().encode(this.lines.map((line) => `${line}\n`).join(""));
    this.lines = [];
    const { messenger } = this.actor;
    this.last = this.last.then(async () => {
      const file = await checkpoint;
      const blobs = { checkpoint: `checkpoint-${step}`, records: `records-${step}` };
      const question = {
        ...this.fields,
        step,
        checkpoint: messenger.blobs.offer(blobs.checkpoint, file),
        records: messenger.blobs.offer(blobs.records, records, hashOf(records)),
      };
      try {
        await askUntilAnswered(
          this.actor,
          [messages.snapshot, messages.done, subjects.evaluator.snapshot],
          question,
          this.signal,
        );
      } finally {
        for (const name of Object.values(blobs)) messenger.blobs.withdraw(name);
      }
      this.acknowledged(step);
    });
    return this.last;
  }
}
