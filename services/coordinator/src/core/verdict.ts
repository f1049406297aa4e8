/** Decides which of several results for one node is right, and who is to blame for the others. */

import type { Exclusion } from "@memnet/protocol";
import { nodeKey } from "memnet";
import { gradientHashOf } from "./events.ts";
import { answerOf, type Said } from "./history.ts";

export interface Decision<Opinion> {
  readonly right: Opinion;
  /** Those who gave another result. */
  readonly odd: readonly Opinion[];
}

/**
 * Returns the result that at least two agree on, and more than on any other; undefined if there is none. A result that is
 * not what its trainer says of it is wrong, even if another one agrees with it.
 */
export function decide<Opinion extends Said>(opinions: readonly Opinion[]): Decision<Opinion> | undefined {
  const groups = new Map<string, Opinion[]>();
  const plausible = opinions.filter((one) => !one.implausible);
  for (const one of plausible) groups.set(answerOf(one), [...(groups.get(answerOf(one)) ?? []), one]);
  const [first, second] = [...groups.values()].sort((a, b) => b.length - a.length);
  if (!first || first.length < 2 || second?.length === first.length) return undefined;
  return { right: first[0]!, odd: opinions.filter((one) => !first.includes(one)) };
}

/**
 * Names who is to blame for a wrong result. That is the data-env, if it made a wrong batch. Otherwise it is the trainer,
 * and its machine, unless the right result came from there too.
 *
 * @param right   the results that are right
 * @param ownOnly whether the trainers were told to make all batches themselves
 */
export function blame(odd: Said, right: readonly Said[], ownOnly: boolean): Exclusion {
  const { step, node, machine } = odd;
  const where = `step ${step}, node ${nodeKey(node)}`;
  const wrong = odd.batchHashes.findIndex((hash, index) => hash !== right[0]!.batchHashes[index]);
  const dataEnv = wrong < 0 || ownOnly ? null : odd.madeBy[wrong]!;
  if (dataEnv !== null) {
    const why = `${where}: it gave trainer ${odd.trainer} another batch for micro-batch ${node.lo + wrong} than is right`;
    return { role: "data-env", id: dataEnv, machine: null, step, why };
  }
  const others = right.map(({ trainer }) => trainer).join(" and ");
  const what =
    wrong < 0 ? difference(odd, right[0]!) : `used another batch for micro-batch ${node.lo + wrong}`;
  const shared = right.some((one) => one.machine === machine);
  const why = `${where}: trainer ${odd.trainer} on ${machine} ${what} than ${others}`;
  return { role: "trainer", id: odd.trainer, machine: shared ? null : machine, step, why };
}

function difference(odd: Said, right: Said): string {
  if ((odd.nonFinite.length === 0) !== (right.nonFinite.length === 0))
    return "said otherwise whether it is finite";
  return gradientHashOf(odd.hash) === gradientHashOf(right.hash)
    ? "gave another loss"
    : "gave another gradient";
}
