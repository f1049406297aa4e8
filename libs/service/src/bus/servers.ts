/** Reads NATS_URL: one or several servers, perhaps with a user and a password. */

import type { TlsFiles } from "./tls.ts";

/** Where NATS is, and as whom. */
export interface ConnectionSettings {
  /** nats://[user:pass@]host:port or tls://…, several with commas between. */
  readonly url: string;
  /** Go before those in the URL. */
  readonly user?: string;
  readonly password?: string;
  /** For tls:// alone. */
  readonly tls?: TlsFiles;
}

export interface Servers {
  /** host:port each, in the order given. */
  readonly servers: readonly string[];
  /** The same for people: no password. */
  readonly display: string;
  /** True where a server says tls://; otherwise TLS is used where the server offers it. */
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
  /** nats://TOKEN@host, NATS's own shorthand. */
  readonly token?: string;
}

const DEFAULT_PORT = 4222;

/**
 * @param url nats://host:4222, tls://user:pass@host, or host:port; several with commas between. The first
 *            user named serves for all of them.
 * @throws RangeError for anything else
 */
export function parseServers(url: string): Servers {
  const servers: string[] = [];
  let tls = false;
  let login: { user?: string; password?: string; token?: string } | undefined;
  for (const part of url.split(",")) {
    const parsed = parseOne(part.trim(), url);
    tls ||= parsed.protocol === "tls:";
    servers.push(`${parsed.hostname}:${parsed.port || DEFAULT_PORT}`);
    if (!login && parsed.username !== "") login = readLogin(parsed);
  }
  const display = servers.map((server) => `${tls ? "tls" : "nats"}://${server}`).join(",");
  return { servers, display, tls, ...login };
}

function parseOne(part: string, whole: string): URL {
  const rule = "it must be nats://host:port or tls://host:port, several with commas between";
  const full = part.includes("://") ? part : `nats://${part}`;
  if (!URL.canParse(full)) throw new RangeError(`Cannot read a NATS address: ${rule}, got ${redact(whole)}`);
  const parsed = new URL(full);
  const known = parsed.protocol === "nats:" || parsed.protocol === "tls:";
  if (!known || parsed.hostname === "" || (parsed.pathname !== "" && parsed.pathname !== "/")) {
    throw new RangeError(`Cannot read a NATS address: ${rule}, got ${redact(whole)}`);
  }
  return parsed;
}

function readLogin(parsed: URL): { user?: string; password?: string; token?: string } {
  const user = decodeURIComponent(parsed.username);
  if (parsed.password === "") return { token: user };
  return { user, password: decodeURIComponent(parsed.password) };
}

/** An address for a message, also one that could not be read: whatever stands before an @ is left out. */
function redact(url: string): string {
  return JSON.stringify(url.replace(/[^/,]*@/g, "***@"));
}
