/** Checks the maximum message size, the one limit of a NATS server that memnet depends on. */

import { messageBytesMax } from "@memnet/protocol";
import { grouped } from "memnet";

/** A problem, and advice on how to solve it. */
export interface PayloadProblem {
  readonly text: string;
  readonly advice: string;
}

/** The server refuses memnet's largest message; retrying is useless until its configuration changes. */
export class PayloadLimitError extends Error {
  override readonly name = "PayloadLimitError";
  readonly code = "PAYLOAD_LIMIT";
  readonly payloadBytesMax: number;
  constructor(url: string, payloadBytesMax: number, { text, advice }: PayloadProblem) {
    super(`Cannot use NATS at ${url}: ${text}; ${advice}`);
    this.payloadBytesMax = payloadBytesMax;
  }
}

/**
 * Checks a server's limit against memnet's largest message.
 *
 * @param payloadBytesMax as the server reports it
 * @returns null if every message fits
 */
export function payloadProblem(payloadBytesMax: number): PayloadProblem | null {
  if (payloadBytesMax >= messageBytesMax) return null;
  return {
    text: `its max_payload is ${grouped(payloadBytesMax)} bytes, and memnet's largest message has ${grouped(messageBytesMax)} bytes`,
    advice: "set max_payload: 1MB in the server's configuration",
  };
}

/** Returns null if every message fits or the server reports no limit. */
export function payloadRefusal(url: string, payloadBytesMax: number | undefined): PayloadLimitError | null {
  if (payloadBytesMax === undefined) return null;
  const problem = payloadProblem(payloadBytesMax);
  return problem && new PayloadLimitError(url, payloadBytesMax, problem);
}
