/**
 * Computes the gradients of a node's micro-batches in order. If the engine accepts two at once, the next one is sent to
 * the device while the current one is computed.
 */

import type { Batch, Engine } from "memnet";

interface Started {
  readonly leaf: number;
  readonly loss: Promise<number>;
  readonly gradient: Float32Array;
}

export class Pipeline {
  private readonly engine: Engine;
  /** Two buffers, one of which is being written. */
  private readonly buffers: Float32Array[] = [];
  private ahead: Started | null = null;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /**
   * Computes the gradient of a leaf.
   *
   * @param leaf  its gradient is written to `into`
   * @param next  the leaf that will be requested next; null if none
   * @param batch makes a leaf's batch; called once per leaf
   * @returns     the leaf's loss
   */
  async gradient(
    parameters: Float32Array,
    leaf: number,
    next: number | null,
    batch: (leaf: number) => Batch,
    into: Float32Array,
  ): Promise<number> {
    if (!this.engine.takesTwo) return this.engine.gradient(parameters, batch(leaf), into);
    const present = this.ahead?.leaf === leaf ? this.ahead : this.start(parameters, leaf, batch, null);
    this.ahead = next === null ? null : this.start(parameters, next, batch, present.gradient);
    const loss = await present.loss;
    into.set(present.gradient);
    return loss;
  }

  /** Waits for the micro-batch in progress and discards its result. */
  async drain(): Promise<void> {
    const { ahead } = this;
    this.ahead = null;
    await ahead?.loss.catch(() => undefined);
  }

  /** @param used the buffer that is already being written */
  private start(
    parameters: Float32Array,
    leaf: number,
    batch: (leaf: number) => Batch,
    used: Float32Array | null,
  ): Started {
    const free = this.buffers.find((one) => one !== used && one.length === parameters.length);
    const gradient = free ?? new Float32Array(parameters.length);
    if (!free) this.buffers.push(gradient);
    const loss = this.engine.gradient(parameters, batch(leaf), gradient);
    // Handle the rejection here; the call that asks for this leaf awaits the same promise and throws it.
    loss.catch(() => undefined);
    return { leaf, loss, gradient };
  }
}
