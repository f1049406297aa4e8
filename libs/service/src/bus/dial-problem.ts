/** Explains why a dial to NATS failed, and what to do about it. */

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Login } from "./login.ts";
import type { TlsFiles } from "./tls.ts";

export const dialReasons = ["login", "certificate", "unreachable"] as const;

export interface DialProblem {
  /** `login` and `certificate` mean that the service cannot get in although NATS is there. */
  readonly reason: (typeof dialReasons)[number];
  readonly text: string;
  readonly advice: string;
}

/** What the dial used. */
export interface Dialling {
  readonly login: Pick<Login, "who" | "unreadable">;
  /** The certificates' files; undefined if the address does not ask for TLS. */
  readonly tls?: TlsFiles;
  /** UTC milliseconds since 1970. */
  readonly now: number;
}

const renew = "renew it, and let NATS read it again (nats-server --signal reload)";
const startServer =
  "start nats-server there, or name another place by NATS_URL; a firewall may be between, or a network policy";
const ownCertificate =
  "where NATS asks for clients' certificates, NATS_CERT_FILE must hold one of an authority that NATS knows";

/** @param error what the dial failed with */
export function dialProblem(error: unknown, dialling: Dialling): DialProblem {
  return loginProblem(error, dialling) ?? certificateProblem(error, dialling) ?? unreachable(error, dialling);
}

function loginProblem(error: unknown, { login }: Dialling): DialProblem | null {
  const { name, message } = asError(error);
  // NATS also counts a login that comes too late among these.
  const isRefused = name === "AuthorizationError" && !/timeout/i.test(message);
  if (!isRefused && name !== "UserAuthenticationExpiredError") return null;
  const unreadable = login.unreadable === null ? "" : `; ${login.unreadable}`;
  return {
    reason: "login",
    text: `NATS does not let in ${login.who}: ${message}${unreadable}`,
    advice:
      "NATS_USER and NATS_PASSWORD (or NATS_USER_FILE, NATS_PASSWORD_FILE) must be a user's of nats.conf; " +
      "where the password has changed, let NATS read it again (nats-server --signal reload)",
  };
}

function certificateProblem(error: unknown, { tls, now }: Dialling): DialProblem | null {
  const { message, code, name } = asError(error);
  const problem = (text: string, advice: string) => ({ reason: "certificate" as const, text, advice });
  const authority = expiryOf(tls?.ca, now);
  switch (code) {
    case "CERT_HAS_EXPIRED":
      if (authority !== null) {
        return problem(
          `the certificate in NATS_CA_FILE (${tls?.ca}) expired at ${authority}`,
          "put the authority's new certificate there; the file is read again at each dial",
        );
      }
      return problem("the certificate of NATS has expired", renew);
    case "CERT_NOT_YET_VALID":
      return problem("the certificate of NATS is not valid yet", "compare this machine's clock with NATS'");
    case "ERR_TLS_CERT_ALTNAME_INVALID":
      return problem(
        message,
        "NATS_URL must say a name of the certificate, or the certificate name that server",
      );
  }
  const own = expiryOf(tls?.cert, now);
  const isRefusal = code.startsWith("ERR_SSL") && code.includes("ALERT");
  // NATS ends a connection whose certificate it refuses only after the handshake, so the library may see a timeout.
  if (own !== null && (isRefusal || name === "TimeoutError" || code === "ECONNRESET")) {
    return problem(
      `NATS refuses the certificate in NATS_CERT_FILE (${tls?.cert}), which expired at ${own}`,
      "put a new certificate and its key there; the files are read again at each dial",
    );
  }
  if (isRefusal) {
    return problem(
      tls?.cert === undefined
        ? `NATS asks for a certificate, and NATS_CERT_FILE names none: ${message}`
        : `NATS refuses the certificate in NATS_CERT_FILE (${tls.cert}): ${message}`,
      ownCertificate,
    );
  }
  if (/certificate|self.signed|tls|ssl/i.test(`${code} ${message}`)) {
    return problem(
      message,
      "NATS_CA_FILE must hold the authority of a certificate with the name that NATS_URL says, and the server speak TLS",
    );
  }
  return null;
}

function unreachable(error: unknown, { tls }: Dialling): DialProblem {
  const { message, name } = asError(error);
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  const text = `${message || name}${cause}`;
  const isUnknown = /ENOTFOUND|EAI_AGAIN/.test(text);
  const isSilent = name === "TimeoutError" && tls !== undefined;
  const advice = isUnknown ? "NATS_URL must name a host that is known here" : startServer;
  return { reason: "unreachable", text, advice: isSilent ? `${advice}; ${ownCertificate}` : advice };
}

/** When the certificates of a file expired, if all of them have; null otherwise, also if the file cannot be read. */
function expiryOf(path: string | undefined, now: number): string | null {
  if (path === undefined) return null;
  try {
    const found = readFileSync(path, "utf8").match(/-----BEGIN CERTIFICATE-----.*?-----END[^\n]*/gs) ?? [];
    const ends = found.map((pem) => Date.parse(new X509Certificate(pem).validTo));
    const last = Math.max(...ends);
    return ends.length > 0 && last < now ? new Date(last).toISOString() : null;
  } catch {
    return null;
  }
}

function asError(error: unknown): { name: string; message: string; code: string } {
  if (!(error instanceof Error)) return { name: "", message: String(error), code: "" };
  const { name, message } = error;
  return { name, message, code: "code" in error ? String(error.code) : "" };
}
