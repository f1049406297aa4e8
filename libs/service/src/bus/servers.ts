/** Parses NATS_URL: one or more servers, optionally with a user and a password. */

import type { TlsFiles } from "./tls.ts";

/** The NATS servers and the credentials for them. */
export interface ConnectionSettings {
  /** nats://[user:pass@]host:port or tls://…; several are separated by commas. */
  readonly url: string;
  /** User and password take precedence over those in the URL. */
  readonly user?: string;
  readonly password?: string;
  /** A file with the password, which takes precedence; it is read at each dial. */
  readonly passwordFile?: string;
  /** Used only with tls://. */
  readonly tls?: TlsFiles;
}

export interface Servers {
  /** Each as host:port, in the order given. */
  readonly servers: readonly string[];
  /** The addresses in human-readable form, without passwords. */
  readonly display: string;
  /** Whether a URL says tls://. Otherwise TLS is used if the server offers it. */
  readonly tls: boolean;
  readonly user?: string;
  readonly password?: string;
  /** From nats://TOKEN@host, NATS's own shorthand. */
  readonly token?: string;
}

const defaultPort = 4222;

/**
 * Parses NATS addresses.
 *
 * @param url nats://host:4222, tls://user:pass@host, or host:port; several are separated by commas. The first login
 *            applies to all of them.
 * @throws RangeError for anything else, with the login left out of the message
 */
export function parseServers(url: string): Servers {
  const servers: string[] = [];
  let tls = false;
  let login: { user?: string; password?: string; token?: string } | undefined;
  const parts = url.split(",").map((part) => part.trim());
  for (const part of parts) {
    // Such a part may be the rest of the previous part's password, cut at a comma: nothing precedes its login.
    if (parts.length > 1 && part.includes("@") && !part.includes("://")) throw unreadable(url);
    const parsed = parseOne(part, url);
    tls ||= parsed.protocol === "tls:";
    servers.push(`${parsed.hostname}:${parsed.port || defaultPort}`);
    if (!login && parsed.username !== "") login = readLogin(parsed, url);
  }
  const display = servers.map((server) => `${tls ? "tls" : "nats"}://${server}`).join(",");
  return { servers, display, tls, ...login };
}

/** Replaces the logins in a text's addresses by `***`: everything between :// and the last @ of a word. */
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
    // A % does not begin an escape sequence.
    throw unreadable(whole, cause);
  }
}

/**
 * Reports an unreadable address. A password with unencoded characters can be cut anywhere, so only the text from the
 * last @ on is shown.
 */
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
