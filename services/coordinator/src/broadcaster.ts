/** Sends trainers the parameters of each step and the assignments of its nodes. */

import { type Fields, messages, subjects, wireBranch, wireNode } from "@memnet/protocol";
import type { Actor, Payload } from "@memnet/service";
import type { Branch } from "./core/branches.ts";
import type { Core } from "./core/core.ts";
import type { Effect } from "./core/events.ts";
import type { Opened } from "./opening.ts";

/** How many steps ahead trainers request batches. */
const stepsAhead = 16;

const nothing = new Uint8Array(0);

type StepFields = Fields<typeof messages.step>;

export class Broadcaster {
  private readonly actor: Actor;
  private readonly fields: Opened["fields"];
  /** The parameters that the next step is computed on. */
  parameters: { readonly hash: string; readonly bytes: Uint8Array };

  constructor(actor: Actor, fields: Opened["fields"], parameters: Uint8Array) {
    this.actor = actor;
    this.fields = fields;
    const { hash } = actor.messenger.payload("parameters", parameters).fields;
    this.parameters = { hash, bytes: parameters };
  }

  /** Returns the parameters as a message carries them. */
  payload(): Payload {
    return this.actor.messenger.payload("parameters", this.parameters.bytes, this.parameters.hash);
  }

  /**
   * Begins a step.
   *
   * @param lead the leave of the step's only trainer; the message then carries no parameters
   */
  begin(
    { step, assignments }: Extract<Effect, { kind: "broadcast" }>,
    lead: StepFields["lead"],
    { ownBatches, branches }: Pick<Core, "ownBatches" | "branches">,
  ): void {
    const { fields, body } = lead
      ? { fields: { hash: this.parameters.hash, blob: null }, body: nothing }
      : this.payload();
    const given = assignments.map(({ trainer, nodes }) => ({ trainer, nodes: nodes.map(wireNode) }));
    const run = subjects.run(this.fields.run);
    if (fields.blob) this.sendParts(run.parameters);
    const message = {
      ...this.fields,
      step,
      ownBatches,
      ...fields,
      assignments: given,
      branches: branches.map(wireBranch),
      ahead: stepsAhead,
      lead,
    };
    this.actor.messenger.send(messages.step, run.step, message, body);
  }

  /** Assigns further nodes of the current step to one trainer. */
  assign(
    { step, trainer, nodes, attempt, audit }: Extract<Effect, { kind: "assign" }>,
    branches: readonly Branch[],
  ): void {
    const { hash } = this.parameters;
    const given = { trainer, nodes: nodes.map(wireNode), attempt, audit, branches: branches.map(wireBranch) };
    this.actor.messenger.send(messages.assign, subjects.assign(trainer), {
      ...this.fields,
      step,
      hash,
      ...given,
    });
  }

  /** NATS copies the parts to all trainers, which would otherwise pull them one by one. */
  private sendParts(subject: string): void {
    const { hash, bytes } = this.parameters;
    const fieldsAt = (offset: number) => ({ ...this.fields, hash, bytes: bytes.length, offset });
    this.actor.messenger.broadcast(messages.part, subject, fieldsAt, bytes);
  }
}
