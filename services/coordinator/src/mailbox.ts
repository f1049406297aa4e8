/** Turns trainers' messages into events for the core. A join is answered once the core has decided. */

import {
  type Fields,
  floatsOf,
  messages,
  ProtocolError,
  type RunFields,
  subjects,
  treeNode,
} from "@memnet/protocol";
import type { Actor, Answer, Subscription } from "@memnet/service";
import type { Event } from "./core/events.ts";

export type JoinAnswer = Answer<Fields<typeof messages.joined>>;
type ResultFields = Fields<typeof messages.result>;

export interface MailboxOptions {
  readonly actor: Actor;
  readonly fields: RunFields;
  /** Size of the parameters, and so of every gradient, in bytes. */
  readonly gradientBytes: number;
  readonly dispatch: (event: Event) => void;
}

export class Mailbox {
  private readonly options: MailboxOptions;
  /** Joins waiting for the core's decision, by token. */
  private readonly waiting = new Map<number, (answer: JoinAnswer) => void>();
  private nextToken = 0;

  constructor(options: MailboxOptions) {
    this.options = options;
  }

  open(): Subscription[] {
    const { actor, dispatch, fields } = this.options;
    const { messenger } = actor;
    const run = subjects.run(fields.run);
    return [
      messenger.serve(messages.join, messages.joined, run.join, (asked) => this.join(asked)),
      messenger.hear(messages.heartbeat, run.heartbeat, (said) => {
        if (!this.isMine("heartbeat", said)) return;
        const { trainer, step, nodes } = said;
        dispatch({ kind: "heartbeat", trainer, step, nodes: nodes.map(treeNode) });
      }),
      messenger.hear(messages.goodbye, run.goodbye, (said) => {
        if (this.isMine("goodbye", said))
          dispatch({ kind: "goodbye", trainer: said.trainer, unable: said.unable });
      }),
      messenger.hear(messages.result, run.result, (said, body) => {
        if (!this.isMine("result", said)) return;
        this.result(said, body).catch((error) => messenger.reject("result", reasonOf(error), String(error)));
      }),
    ];
  }

  /** Passes the core's decision on a join to the trainer. */
  answer(token: number, answer: JoinAnswer): void {
    this.waiting.get(token)?.(answer);
    this.waiting.delete(token);
  }

  private join(asked: Fields<typeof messages.join>): JoinAnswer | Promise<JoinAnswer> {
    if (!this.isMine("join", asked)) {
      const message = `The run's epoch is ${this.options.fields.epoch}, got ${asked.epoch}`;
      return { ok: false, code: "EPOCH", message };
    }
    return new Promise((resolve) => {
      const token = this.nextToken++;
      this.waiting.set(token, resolve);
      const { trainer, machine, fingerprints, batch } = asked;
      this.options.dispatch({ kind: "join", token, trainer, machine, fingerprints, batch });
    });
  }

  private async result(said: ResultFields, body: Uint8Array): Promise<void> {
    const { actor, gradientBytes, dispatch } = this.options;
    const bytes = await actor.messenger.received(said, body, "trainer", gradientBytes);
    const { trainer, machine, step, parametersHash, batchHashes, nonFinite, attempt, loss, hash } = said;
    const sum = { gradient: floatsOf(bytes), loss };
    const node = treeNode(said.node);
    // The loss is part of the result and must be equal bit for bit too.
    const both = `${hash}:${loss}`;
    dispatch({
      kind: "result",
      result: {
        trainer,
        machine,
        step,
        node,
        parametersHash,
        batchHashes,
        nonFinite,
        attempt,
        hash: both,
        sum,
      },
    });
  }

  /** Whether a message belongs to this epoch and configuration; other messages are counted and dropped. */
  private isMine(kind: string, { epoch, trainingHash }: RunFields): boolean {
    const { fields, actor } = this.options;
    if (epoch === fields.epoch && trainingHash === fields.trainingHash) return true;
    actor.messenger.reject(kind, "EPOCH", `Its epoch must be ${fields.epoch}, got ${epoch}`);
    return false;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof ProtocolError ? error.code : "BODY";
}
