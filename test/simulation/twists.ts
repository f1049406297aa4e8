/** What a trainer that is alive and wrong does to its messages. */

import { messages, Packet } from "@memnet/protocol";

/** Changes a message, or swallows it: null. */
export type Twist = (subject: string, packet: Packet) => Packet | null;

export const honest: Twist = (_subject, packet) => packet;

const isResult = (subject: string) => /^memnet\.run\..*\.result$/.test(subject);

/** Heartbeats get through, and no result does: the trainer looks alive and computes nothing. */
export const livingDead: Twist = (subject, packet) => (isResult(subject) ? null : packet);

/** Says of each result that it is the whole step's, whatever the trainer was given. */
export function greedy(leaves: number): Twist {
  return (subject, packet) => {
    if (!isResult(subject)) return packet;
    const { fields, body } = packet.open(messages.result);
    const [lo, hi] = fields.node;
    if (hi - lo === leaves) return packet;
    const hashes = Array.from({ length: leaves }, (_, leaf) => fields.batchHashes[leaf - lo] ?? fields.hash);
    return Packet.of(messages.result, { ...fields, node: [0, leaves], batchHashes: hashes }, body);
  };
}
