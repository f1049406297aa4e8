/** Generates process IDs, new at each start. */

import { randomBytes } from "node:crypto";

/**
 * Returns 12 random characters of [a-z0-9]. Their 62 bits make a repeat within a cluster's life practically impossible.
 */
export function newId(): string {
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  // 252 is the largest multiple of 36 that fits in a byte; larger bytes would favour the first letters.
  let id = "";
  while (id.length < 12) {
    for (const byte of randomBytes(16)) if (byte < 252 && id.length < 12) id += letters[byte % 36];
  }
  return id;
}
