/** Asks the arbiter the core's questions, one after the other, and answers the core. */

import type { Actor } from "@memnet/service";
import { nodeKey } from "memnet";
import type { Arbiter, Question } from "./arbiter.ts";
import type { Event, Result } from "./core/events.ts";
import { resultHash } from "./mailbox.ts";

export interface ArbiterQueueOptions {
  readonly actor: Actor;
  readonly arbiter: Arbiter;
  /** Returns the run's fingerprint. */
  readonly fingerprint: () => string | null;
  readonly dispatch: (event: Event) => void;
  /** Is called if an answer cannot be dispatched. */
  readonly fail: (error: unknown) => void;
}

export class ArbiterQueue {
  private readonly options: ArbiterQueueOptions;
  /** The fingerprint that the arbiter has computed. */
  private probed: string | undefined;
  /** Resolves once every question so far is answered. */
  private answered: Promise<void> = Promise.resolve();

  constructor(options: ArbiterQueueOptions) {
    this.options = options;
  }

  /** Asks for the probe's result. */
  probe(): void {
    this.ask(async () => {
      const { actor, arbiter, dispatch } = this.options;
      try {
        const probe = await arbiter.probe();
        this.probed = probe.fingerprint;
        dispatch({ kind: "probed", probe });
      } catch (error) {
        actor.log.warn("Cannot compute the probe here", { error });
        dispatch({ kind: "probed", probe: null });
      } finally {
        // Its thread is rarely needed again.
        void arbiter.stop();
      }
    });
  }

  /**
   * Asks for the result of a node.
   *
   * @param parametersHash the hash of the question's parameters
   */
  judge(question: Question, parametersHash: string): void {
    this.ask(async () => {
      const { actor, dispatch } = this.options;
      const { step, node } = question;
      try {
        dispatch({ kind: "judged", step, node, result: await this.judged(question, parametersHash) });
      } catch (error) {
        actor.log.warn("Cannot compute a node here", { step, node: nodeKey(node), error });
        dispatch({ kind: "judged", step, node, result: null });
      }
    });
  }

  private async judged(question: Question, parametersHash: string): Promise<Result> {
    const { actor, arbiter } = this.options;
    const fixed = this.options.fingerprint();
    this.probed ??= (await arbiter.probe()).fingerprint;
    if (this.probed !== fixed)
      throw new Error(`the fingerprint here is ${this.probed}, the run's is ${fixed}`);
    const { gradient, loss, hash, nonFinite, batchHashes } = await arbiter.judge(question);
    return {
      trainer: actor.messenger.id,
      machine: actor.machine,
      attempt: Number.MAX_SAFE_INTEGER,
      step: question.step,
      node: question.node,
      parametersHash,
      batchHashes,
      madeBy: batchHashes.map(() => null),
      hash: resultHash(hash, loss),
      nonFinite,
      sum: { gradient, loss },
    };
  }

  /** The arbiter adds the gradients of a node where it adds those of the next, so it gets one question at a time. */
  private ask(question: () => Promise<void>): void {
    this.answered = this.answered.then(question).catch(this.options.fail);
  }
}
