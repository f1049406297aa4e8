/** What computes in a simulation: gradients in closed form, and figures that follow the parameters. */

import type { Engine, ModelConfig } from "memnet";
import { fakeEngine } from "../../libs/memnet/src/testing/fake-engine.ts";

/** Unlike the fake engine's, its evaluations get better as training goes on, so that `--until` has something to wait for. */
export function standIn(model: ModelConfig): Engine {
  const engine = fakeEngine(model);
  return {
    ...engine,
    async evaluate(parameters, batch) {
      const loss = await engine.gradient(parameters, batch, new Float32Array(parameters.length));
      return { loss, wrongBits: Math.round(loss), exact: 0 };
    },
  };
}
