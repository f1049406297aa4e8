/** Names for processes, new at each start. */

import { randomBytes } from "node:crypto";

/** 12 characters of [a-z0-9]: 62 bits, never the same twice in any cluster's life. */
export function newId(): string {
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789";
  // 252 is the largest multiple of 36 in a byte: bytes beyond would favour the first letters.
  let id = "";
  while (id.length < 12) {
    for (const byte of randomBytes(16)) if (byte < 252 && id.length < 12) id += letters[byte % 36];
  }
  return id;
}
