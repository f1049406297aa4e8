/** What a participant that is alive and wrong does to its messages. */

import { floatsOf, hashOf, messages, Packet } from "@memnet/protocol";
import { bytesOf } from "memnet";

export interface Sent {
  readonly subject: string;
  readonly packet: Packet;
}

/** What is sent in place of a message: itself, another one, several, or nothing. */
export type Twist = (sent: Sent) => readonly Sent[];

export const honest: Twist = (sent) => [sent];

const isResult = ({ subject }: Sent) => /^memnet\.run\..*\.result$/.test(subject);

/** Changes the results of a trainer, and nothing else. */
function twisted(change: (packet: Packet) => readonly Packet[]): Twist {
  return (sent) =>
    isResult(sent) ? change(sent.packet).map((packet) => ({ subject: sent.subject, packet })) : [sent];
}

/** Heartbeats get through, and no result does: the trainer looks alive and computes nothing. */
export const livingDead: Twist = twisted(() => []);

/** Says of each result that it is the whole step's, whatever the trainer was given. */
export function greedy(leaves: number): Twist {
  return twisted((packet) => {
    const { fields, body } = packet.open(messages.result);
    const [lo, hi] = fields.node;
    if (hi - lo === leaves) return [packet];
    const hashes = Array.from({ length: leaves }, (_, leaf) => fields.batchHashes[leaf - lo] ?? fields.hash);
    const madeBy = hashes.map(() => null);
    const whole = { ...fields, node: [0, leaves] as [number, number], batchHashes: hashes, madeBy };
    return [Packet.of(messages.result, whole, body)];
  });
}

/**
 * How a trainer lies about what it has computed: changes the gradient, and returns the loss. Each lies by an amount of its
 * own, since an audit cannot tell two that lie alike from two that are right.
 */
export const lies = {
  "another gradient": (gradient: Float32Array, loss: number, by: number) => {
    gradient[0] = gradient[0]! + by;
    return loss;
  },
  "another loss": (_gradient: Float32Array, loss: number, by: number) => loss + by,
  "NaN that it calls finite": (gradient: Float32Array, loss: number) => {
    gradient[0] = Number.NaN;
    return loss;
  },
};
export type Lie = keyof typeof lies;

/** Lies by an amount in each result for which `now()` holds. */
export function liar(lie: Lie, by: number, now: () => boolean): Twist {
  return twisted((packet) => {
    if (!now()) return [packet];
    const { fields, body } = packet.open(messages.result);
    const gradient = floatsOf(body).slice();
    const loss = lies[lie](gradient, fields.loss, by);
    const bytes = bytesOf(gradient);
    return [Packet.of(messages.result, { ...fields, loss, hash: hashOf(bytes) }, bytes)];
  });
}

/** Sends, beside its own results, false ones and a goodbye in the name of another trainer. */
export function forger(victim: () => string | undefined, leaves: number): Twist {
  return (sent) => {
    const trainer = victim();
    if (!isResult(sent) || trainer === undefined) return [sent];
    const { fields, body } = sent.packet.open(messages.result);
    const falsehood = bytesOf(new Float32Array(body.length / 4).fill(7));
    const forged: Sent[] = [];
    for (let lo = 0; lo < leaves; lo++) {
      for (let hi = lo + 1; hi <= leaves; hi++) {
        const batchHashes = Array.from({ length: hi - lo }, () => fields.hash);
        const madeBy = batchHashes.map(() => null);
        const node = [lo, hi] as [number, number];
        const lie = { ...fields, trainer, node, batchHashes, madeBy, hash: hashOf(falsehood) };
        forged.push({ subject: sent.subject, packet: Packet.of(messages.result, lie, falsehood) });
      }
    }
    const { run, epoch, trainingHash, secret } = fields;
    const goodbye = { run, epoch, trainingHash, trainer, secret, unable: null };
    const subject = sent.subject.replace(/result$/, "goodbye");
    return [...forged, sent, { subject, packet: Packet.of(messages.goodbye, goodbye) }];
  };
}
