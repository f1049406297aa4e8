/**
 * SHA-256 of transferred bytes, as hexadecimal. It uses Node.js's implementation, which uses the processor's own SHA
 * instructions.
 */

import { createHash } from "node:crypto";

export function hashOf(...parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
