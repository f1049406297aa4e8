/** Reads a secret from a file, such as a mounted Secret. */

import { readFileSync } from "node:fs";

/** Limit for a NATS user name or password; a longer file must be the wrong file. */
const secretCharactersMax = 4096;

/**
 * Reads a file's one line, without the newline at its end.
 *
 * @throws RangeError with the rule, if it cannot be read or holds anything else
 */
export function readSecretFile(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new RangeError(`it must name a file that can be read, got ${path}`, { cause });
  }
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "" || secret.includes("\n") || secret.length > secretCharactersMax) {
    throw new RangeError(
      `${path} must hold one line of 1 to ${secretCharactersMax} characters, got ${secret.length} characters`,
    );
  }
  return secret;
}
