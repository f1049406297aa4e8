/**
 * Computes a step's gradient and loss sums with all cores: each thread computes nodes of the tree, as a trainer does.
 */

import { availableParallelism } from "node:os";
import { partition } from "@memnet/coordinator";
import { type ComputerSettings, threadedComputer } from "@memnet/trainer";
import { assert, combine, type Learner, microBatchCount, type NodeSum } from "memnet";

export interface Sums extends AsyncDisposable {
  /** This machine's fingerprint. */
  fingerprint(): Promise<string>;
  /** The sums of the learner's next step. */
  of(learner: Learner): Promise<NodeSum>;
}

/** @throws the engine's own error if it does not work here */
export async function threadedSums(settings: ComputerSettings): Promise<Sums> {
  const root = { lo: 0, hi: microBatchCount(settings.training) };
  const nodes = partition(root.hi, availableParallelism());
  const started = await Promise.allSettled(nodes.map(() => threadedComputer(settings)));
  const computers = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const stop = async () => void (await Promise.all(computers.map((computer) => computer.stop())));
  const failed = started.find((one) => one.status === "rejected");
  if (failed) {
    await stop();
    throw failed.reason;
  }
  return {
    fingerprint: async () => (await computers[0]!.probe()).fingerprint,
    async of({ step, parameters }) {
      const sums = await Promise.all(
        nodes.map((node, index) => {
          const batches = new Array<null>(node.hi - node.lo).fill(null);
          // Each thread gets its own copy, since the buffer is transferred to it.
          const question = { step: step + 1, node, parameters: parameters.slice(), batches, number: 0 };
          return computers[index]!.compute(question);
        }),
      );
      return combine(root, ({ lo, hi }) => {
        const index = nodes.findIndex((node) => node.lo === lo && node.hi === hi);
        if (index < 0) return undefined;
        const sum = sums[index];
        assert(sum, "no node is abandoned");
        return sum;
      });
    },
    [Symbol.asyncDispose]: stop,
  };
}
