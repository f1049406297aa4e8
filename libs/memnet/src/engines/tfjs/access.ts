/** A model's memory access, as the network uses it. */

import type { Tensor } from "@tensorflow/tfjs-core";

/** The state that both models have. */
export interface MemoryState {
  /** [batch, slots, width] */
  readonly memory: Tensor;
  /** [batch, reads, slots] */
  readonly readWeights: Tensor;
}

export interface Access<State extends MemoryState> {
  /** The state before the first step. */
  initial(batch: number): State;
  /** @param z [batch, interface], the interface vector */
  step(state: State, z: Tensor): State;
}
