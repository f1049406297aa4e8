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
import { type Actor, type Answer, Rates, type Subscription } from "@memnet/service";
import { isFiniteSum } from "memnet";
import type { Event } from "./core/events.ts";

export type JoinAnswer = Answer<Fields<typeof messages.joined>>;
type ResultFields = Fields<typeof messages.result>;

/**
 * What trainers may send. A heartbeat comes every 250 ms, and goodbyes of a trainer that is unable at each announcement.
 * A trainer that is not admitted asks again every 100 ms; the answer has the parameters, a thousand times as long as the
 * question, so all joins together are bounded too.
 */
const limits = {
  join: { each: { perSecond: 20, burst: 40 }, all: { perSecond: 256, burst: 1024 } },
  heartbeat: { each: { perSecond: 20, burst: 40 } },
  goodbye: { each: { perSecond: 20, burst: 40 }, all: { perSecond: 1000, burst: 4000 } },
};

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
  private readonly rates;

  constructor(options: MailboxOptions) {
    this.options = options;
    const { clock } = options.actor;
    this.rates = {
      join: new Rates(clock, limits.join),
      heartbeat: new Rates(clock, limits.heartbeat),
      goodbye: new Rates(clock, limits.goodbye),
    };
  }

  open(): Subscription[] {
    const { actor, dispatch, fields } = this.options;
    const { messenger } = actor;
    const run = subjects.run(fields.run);
    return [
      messenger.serve(messages.join, messages.joined, run.join, (asked) => this.join(asked)),
      messenger.hear(messages.heartbeat, run.heartbeat, (said) => {
        if (!this.isMine("heartbeat", said) || !this.isInTime("heartbeat", said)) return;
        const { trainer, secret, step, nodes } = said;
        dispatch({ kind: "heartbeat", trainer, secret, step, nodes: nodes.map(treeNode) });
      }),
      messenger.hear(messages.goodbye, run.goodbye, (said) => {
        const { trainer, secret, unable } = said;
        if (this.isMine("goodbye", said) && this.isInTime("goodbye", said))
          dispatch({ kind: "goodbye", trainer, secret, unable });
      }),
      messenger.hear(messages.sum, run.sum, (said, body) => {
        if (!this.isMine("sum", said)) return;
        this.sum(said, body).catch((error) => messenger.reject("sum", reasonOf(error), String(error)));
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
    if (!this.isInTime("join", asked)) {
      return { ok: false, code: "BUSY", message: "Too many joins at once; ask again" };
    }
    return new Promise((resolve) => {
      const token = this.nextToken++;
      this.waiting.set(token, resolve);
      const { trainer, secret, machine, fingerprints, batch } = asked;
      this.options.dispatch({ kind: "join", token, trainer, secret, machine, fingerprints, batch });
    });
  }

  private async result(said: ResultFields, body: Uint8Array): Promise<void> {
    const { actor, gradientBytes, dispatch } = this.options;
    const { branched } = said;
    const bytes = branched ? body : await actor.messenger.received(said, body, "trainer", gradientBytes);
    const { trainer, machine, step, parametersHash, batchHashes, madeBy, nonFinite, attempt, loss, hash } =
      said;
    const sum = { gradient: floatsOf(bytes), loss };
    const node = treeNode(said.node);
    dispatch({
      kind: "result",
      secret: said.secret,
      result: {
        trainer,
        machine,
        step,
        node,
        parametersHash,
        batchHashes,
        madeBy,
        nonFinite,
        attempt,
        // Actors of one process are trusted.
        implausible: !actor.messenger.bus.isLocal && nonFinite.length === 0 && !isFiniteSum(sum),
        hash: resultHash(hash, loss),
        sum,
        branched,
      },
    });
  }

  private async sum(said: Fields<typeof messages.sum>, body: Uint8Array): Promise<void> {
    const { actor, gradientBytes, dispatch } = this.options;
    const gradient = floatsOf(await actor.messenger.received(said, body, "trainer", gradientBytes));
    const { trainer, secret, step, hash } = said;
    const parts = said.parts.map((part) => ({ node: treeNode(part.node), hash: part.hash }));
    const allFinite = isFiniteSum({ gradient, loss: 0 });
    const sum = { trainer, step, node: treeNode(said.node), parts, hash, gradient, allFinite };
    dispatch({ kind: "sum", secret, sum });
  }

  /** Whether a trainer sends no more than it has reason to; what is beyond that is counted and dropped. */
  private isInTime(
    kind: keyof typeof limits,
    { trainer, secret }: { readonly trainer: string; readonly secret: string },
  ): boolean {
    // By the secret too, so that a flood in a trainer's name does not silence it.
    if (this.rates[kind].take(`${trainer} ${secret}`)) return true;
    this.options.actor.messenger.reject(kind, "RATE", `More than ${limits[kind].each.perSecond} a second`);
    return false;
  }

  /** Whether a message belongs to this epoch and configuration; other messages are counted and dropped. */
  private isMine(kind: string, { epoch, trainingHash }: RunFields): boolean {
    const { fields, actor } = this.options;
    if (epoch === fields.epoch && trainingHash === fields.trainingHash) return true;
    actor.messenger.reject(kind, "EPOCH", `Its epoch must be ${fields.epoch}, got ${epoch}`);
    return false;
  }
}

/** The loss is part of a result and must be equal bit for bit too. */
export function resultHash(gradientHash: string, loss: number): string {
  return `${gradientHash}:${loss}`;
}

function reasonOf(error: unknown): string {
  return error instanceof ProtocolError ? error.code : "BODY";
}
