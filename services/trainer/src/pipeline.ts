/**
 * Gradients of a node's micro-batches, one after the other; where the engine takes two at once, the next one is on its
 * way to the device while the present one is computed.
 */

import type { Batch, Engine } from "memnet";

interface Started {
  readonly leaf: number;
  readonly loss: Promise<number>;
  readonly gradient: Float32Array;
}

export class Pipeline {
  private readonly engine: Engine;
  /** Two, of which one is computed into. */
  private readonly places: Float32Array[] = [];
  private ahead: Started | null = null;

  constructor(engine: Engine) {
    this.engine = engine;
  }

  /**
   * @param leaf  its gradient is written to `into`
   * @param next  the leaf that will be asked for then; null where none will
   * @param batch makes a leaf's batch, once for each
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

  /** Lets what is on its way arrive, for nobody. */
  async drain(): Promise<void> {
    const { ahead } = this;
    this.ahead = null;
    await ahead?.loss.catch(() => undefined);
  }

  /** @param used the place that is computed into already */
  private start(
    parameters: Float32Array,
    leaf: number,
    batch: (leaf: number) => Batch,
    used: Float32Array | null,
  ): Started {
    const place = this.places.find((one) => one !== used && one.length === parameters.length);
    const gradient = place ?? new Float32Array(parameters.length);
    if (!place) this.places.push(gradient);
    const loss = this.engine.gradient(parameters, batch(leaf), gradient);
    // Its failure is told to whoever asks for the leaf.
    loss.catch(() => undefined);
    return { leaf, loss, gradient };
  }
}
