/** The settings that every service reads from its environment. */

import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { createSecureContext } from "node:tls";
import { machineCharactersMax, runName } from "@memnet/protocol";
import { type ConnectionSettings, parseServers, type Servers } from "./bus/servers.ts";
import type { TlsFiles } from "./bus/tls.ts";
import { type LogLevel, logLevels } from "./log-levels.ts";
import { readSecretFile } from "./secret-file.ts";

export interface Settings {
  /**
   * From NATS_URL, or the local default if it is not set; NATS_USER or the contents of NATS_USER_FILE; NATS_PASSWORD
   * or NATS_PASSWORD_FILE; NATS_CA_FILE, NATS_CERT_FILE and NATS_KEY_FILE.
   */
  readonly nats: ConnectionSettings;
  /** From MEMNET_MACHINE or the host name: letters, digits, '-', '_'. */
  readonly machine: string;
  /** From MEMNET_RUN: the one run to serve. */
  readonly run: string | undefined;
  /** From MEMNET_LOG_LEVEL. */
  readonly logLevel: LogLevel;
  /** From MEMNET_METRICS_PORT: 0 picks a free port; if it is not set, no metrics are served. */
  readonly metricsPort: number | undefined;
  /** From MEMNET_METRICS_HOST. */
  readonly metricsHost: string;
  /** From MEMNET_METRICS_NAMES, with commas between them. */
  readonly metricsNames: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

export const natsUrlDefault = "nats://127.0.0.1:4222";

/**
 * Reads the settings from the environment.
 *
 * @throws RangeError naming the variable, the rule and the value
 */
export function readSettings(env: Environment = process.env): Settings {
  return {
    nats: readConnection(env),
    machine: readMachine(env),
    run: readRun(env),
    logLevel: readChoice(env, "MEMNET_LOG_LEVEL", logLevels, "info"),
    metricsPort: readPort(env, "MEMNET_METRICS_PORT"),
    metricsHost: given(env, "MEMNET_METRICS_HOST") ?? "127.0.0.1",
    metricsNames: readNames(env, "MEMNET_METRICS_NAMES"),
  };
}

function readConnection(env: Environment): ConnectionSettings {
  const url = given(env, "NATS_URL") ?? natsUrlDefault;
  const user = readSecret(env, "NATS_USER");
  // A password's file is read here only so that a wrong one is reported at once; each dial reads it again.
  const password = readSecret(env, "NATS_PASSWORD");
  const passwordFile = given(env, "NATS_PASSWORD_FILE");
  const tls = readTls(env, parseServers(url));
  return {
    url,
    ...(user === undefined ? {} : { user }),
    ...(passwordFile !== undefined ? { passwordFile } : password === undefined ? {} : { password }),
    ...(tls === undefined ? {} : { tls }),
  };
}

/**
 * Reads the TLS settings. It checks the files here, so that a wrong file is reported at once instead of failing every
 * dial.
 */
function readTls(env: Environment, { tls, display }: Servers): TlsFiles | undefined {
  const [caName, certName, keyName] = ["NATS_CA_FILE", "NATS_CERT_FILE", "NATS_KEY_FILE"] as const;
  const [ca, cert, key] = [given(env, caName), given(env, certName), given(env, keyName)];
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  if (!tls) {
    const first = [caName, certName, keyName].find((name) => given(env, name) !== undefined);
    throw unreadable("NATS_URL", `tls://host:port where ${first} is set`, display);
  }
  if ((cert === undefined) !== (key === undefined)) {
    const [there, missing] = cert === undefined ? [keyName, certName] : [certName, keyName];
    throw new RangeError(`Cannot read ${there}: ${missing} must be set as well, got only ${there}`);
  }
  if (ca !== undefined) usable(caName, ca, "a certificate", (pem) => new X509Certificate(pem));
  if (cert !== undefined && key !== undefined) {
    usable(certName, cert, "a certificate", (pem) => new X509Certificate(pem));
    usable(keyName, key, `the private key of ${certName}`, (pem) =>
      createSecureContext({ cert: readFileSync(cert), key: pem }),
    );
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

function usable(name: string, path: string, what: string, use: (pem: Buffer) => unknown): void {
  try {
    use(readFileSync(path));
  } catch (cause) {
    const rule = `it must name a PEM file that can be read and holds ${what}`;
    throw new RangeError(`Cannot read ${name}: ${rule}, got ${path} (${(cause as Error).message})`, {
      cause,
    });
  }
}

function readMachine(env: Environment): string {
  const name = given(env, "MEMNET_MACHINE");
  if (name !== undefined && name.length > machineCharactersMax) {
    throw new RangeError(
      `Cannot read MEMNET_MACHINE: it must have at most ${machineCharactersMax} characters, got ${name.length}`,
    );
  }
  return machineName(name ?? hostname());
}

/** Replaces characters other than letters, digits, '-' and '_' with '-', as in a run's name. */
export function machineName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, "-");
}

/**
 * Reads a port from the environment.
 *
 * @returns 0–65535, or undefined if the variable is not set
 */
export function readPort(env: Environment, name: string): number | undefined {
  const value = given(env, name);
  if (value === undefined) return undefined;
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65535) return Number(value);
  throw unreadable(name, "a port from 0 to 65535", value);
}

/**
 * Reads host names with commas between them.
 *
 * @throws RangeError naming the variable, the rule and the value
 */
export function readNames(env: Environment, name: string): string[] {
  const value = given(env, name) ?? "";
  const names = value.split(",").map((one) => one.trim());
  if (value === "") return [];
  if (names.every((one) => /^[A-Za-z0-9._-]{1,253}$/.test(one))) return names;
  throw unreadable(name, "host names without ports, with commas between them", value);
}

export function readChoice<const C extends string>(
  env: Environment,
  name: string,
  choices: readonly C[],
  otherwise: C,
): C {
  const value = given(env, name);
  if (value === undefined) return otherwise;
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw unreadable(name, `one of ${choices.join(", ")}`, value);
  return found;
}

/** Reads NAME, or the file that NAME_FILE names, without the trailing newline. */
function readSecret(env: Environment, name: string): string | undefined {
  const own = given(env, name);
  const path = given(env, `${name}_FILE`);
  if (path === undefined) return own;
  if (own !== undefined) {
    throw new RangeError(`Cannot read ${name}: only one of ${name} and ${name}_FILE may be set, got both`);
  }
  try {
    return readSecretFile(path);
  } catch (error) {
    throw new RangeError(`Cannot read ${name}_FILE: ${(error as Error).message}`, { cause: error });
  }
}

function readRun(env: Environment): string | undefined {
  const value = given(env, "MEMNET_RUN");
  if (value === undefined) return value;
  const { success, error } = runName.safeParse(value);
  if (success) return value;
  throw unreadable(
    "MEMNET_RUN",
    `a run's name (${error.issues.map(({ message }) => message).join("; ")})`,
    value,
  );
}

/**
 * Returns a variable's value. An empty variable counts as not set, because Compose files pass unset variables as empty.
 */
function given(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === "" ? undefined : value;
}

function unreadable(name: string, rule: string, value: string): RangeError {
  return new RangeError(`Cannot read ${name}: it must be ${rule}, got ${JSON.stringify(value)}`);
}
