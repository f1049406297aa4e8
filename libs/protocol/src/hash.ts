/** SHA-256 of what crosses the wire, as hexadecimal. Node's own, since it uses the processor's instructions. */

import { createHash } from "node:crypto";

export function hashOf(...parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
