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
 * @throws RangeError for anything else, without the login
 */
export function parseServers(url: string): Servers {
  const servers: string[] = [];
  let tls = false;
  let login: { user?: string; password?: string; token?: string } | undefined;
  const parts = url.split(",").map((part) => part.trim());
  for (const part of parts) {
    // Without nats:// before its login, a part may be what follows a comma in the password of the part before.
    if (parts.length > 1 && part.includes("@") && !part.includes("://")) throw unreadable(url);
    const parsed = parseOne(part, url);
    tls ||= parsed.protocol === "tls:";
    servers.push(`${parsed.hostname}:${parsed.port || DEFAULT_PORT}`);
    if (!login && parsed.username !== "") login = readLogin(parsed, url);
  }
  const display = servers.map((server) => `${tls ? "tls" : "nats"}://${server}`).join(",");
  return { servers, display, tls, ...login };
}

/** A text without the logins of the addresses in it: whatever is between :// and the last @ of a word. */
export function withoutLogins(text: string): string {
  return text.replace(/(:\/\/)\S*@/g, "$1***@");
}

function parseOne(part: string, whole: string): URL {
  const full = part.includes("://") ? part : `nats://${part}`;
  if (!URL.canParse(full)) throw unreadable(whole);
  const parsed = new URL(full);
  const known = parsed.protocol === "nats:" || parsed.protocol === "tls:";
  const hostOnly = (parsed.pathname === "" || parsed.pathname === "/") && !/[?#]/.test(full);
  if (!known || parsed.hostname === "" || !hostOnly) throw unreadable(whole);
  return parsed;
}

function readLogin(parsed: URL, whole: string): { user?: string; password?: string; token?: string } {
  try {
    const user = decodeURIComponent(parsed.username);
    if (parsed.password === "") return { token: user };
    return { user, password: decodeURIComponent(parsed.password) };
  } catch (cause) {
    // A % that begins no escape sequence.
    throw unreadable(whole, cause);
  }
}

/** A password with characters that are not encoded can be cut anywhere, so only what follows the last @ is shown. */
function unreadable(url: string, cause?: unknown): RangeError {
  const rule = "it must be nats://host:port or tls://host:port, several with commas between";
  const at = url.lastIndexOf("@");
  if (at < 0) return new RangeError(`Cannot read a NATS address: ${rule}, got ${JSON.stringify(url)}`);
  const scheme = /^\s*(nats|tls):\/\//.exec(url)?.[0].trim() ?? "";
  const shown = JSON.stringify(`${scheme}***${url.slice(at)}`);
  return new RangeError(
    `Cannot read a NATS address: ${rule}, got ${shown}. Percent-encode special characters of the user and the password ` +
      "(% is %25, / is %2F, # is %23, ? is %3F, @ is %40, : is %3A, a comma is %2C), or leave both out of the address " +
      "and set NATS_USER and NATS_PASSWORD (or NATS_PASSWORD_FILE)",
    { cause },
  );
}
