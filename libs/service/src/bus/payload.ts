/** The one limit of a NATS server that memnet depends on: how large a message may be. */

import { messageBytesMax } from "@memnet/protocol";

/** What is wrong, and what to do about it. */
export interface PayloadProblem {
  readonly text: string;
  readonly advice: string;
}

/** The server refuses memnet's largest message: no retry helps until its configuration changes. */
export class PayloadLimitError extends Error {
  override readonly name = "PayloadLimitError";
  readonly code = "PAYLOAD_LIMIT";
  readonly payloadBytesMax: number;
  constructor(url: string, payloadBytesMax: number, { text, advice }: PayloadProblem) {
    super(`Cannot use NATS at ${url}: ${text}; ${advice}`);
    this.payloadBytesMax = payloadBytesMax;
  }
}

/** @param payloadBytesMax as the server says it; null if it lets every message through */
export function payloadProblem(payloadBytesMax: number): PayloadProblem | null {
  if (payloadBytesMax >= messageBytesMax) return null;
  return {
    text: `its max_payload is ${grouped(payloadBytesMax)} bytes, and memnet's largest message has ${grouped(messageBytesMax)} bytes`,
    advice: "set max_payload: 1MB in the server's configuration",
  };
}

/** Null if the server lets every message through, or does not say. */
export function payloadRefusal(url: string, payloadBytesMax: number | undefined): PayloadLimitError | null {
  if (payloadBytesMax === undefined) return null;
  const problem = payloadProblem(payloadBytesMax);
  return problem && new PayloadLimitError(url, payloadBytesMax, problem);
}

function grouped(count: number): string {
  return count.toLocaleString("en-US");
}
