/** Starts the real nats-server with deploy/nats as it is, with a user for each role. */

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Role, roles } from "@memnet/protocol";
import { startNatsServer, type TestBroker } from "@memnet/service/testing";

export const natsFolder = fileURLToPath(new URL("../../deploy/nats/", import.meta.url));

export function passwordOf(role: Role): string {
  return `of-${role}`;
}

/** The environment that nats-server needs. */
export const serverEnvironment: Readonly<Record<string, string>> = {
  ...(process.env as Record<string, string>),
  ...Object.fromEntries(
    roles.map((role) => [`NATS_${role.toUpperCase().replace("-", "_")}_PASSWORD`, passwordOf(role)]),
  ),
};

/** The environment that a role's processes need. */
export function clientEnvironment(role: Role): Record<string, string> {
  return { NATS_USER: role, NATS_PASSWORD: passwordOf(role) };
}

/** @param file a file of deploy/nats; its ports are replaced by free ones of the loopback interface */
export function startSecured(
  file = "nats.conf",
  env: Readonly<Record<string, string>> = {},
): Promise<TestBroker> {
  const args = ["-c", join(natsFolder, file), "-m", "-1"];
  return startNatsServer(args, { ...serverEnvironment, ...env });
}

export interface Certificates extends Disposable {
  readonly folder: string;
  readonly ca: string;
  /** Issued for 127.0.0.1. */
  readonly cert: string;
  readonly key: string;
  /** An authority that has signed no certificate here. */
  readonly otherCa: string;
  /** Makes an authority's certificate that is valid for so many days. @returns its file */
  lasting(days: number): string;
}

/**
 * Makes an authority and a server certificate signed by it. They are made anew, so that the repository contains nothing
 * that expires.
 */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "memnet-tls-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const keyLasting = (days: number) =>
    `-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days ${days}`.split(" ");
  const newKey = keyLasting(1);
  const authority = (name: string, days = 1) =>
    openssl(
      ...["req", "-x509", ...keyLasting(days), "-subj", `/CN=${name}`],
      ...["-keyout", at(`${name}.key`), "-out", at(`${name}.pem`)],
    );
  authority("ca");
  authority("other");
  openssl(
    ...["req", "-x509", ...newKey, "-subj", "/CN=nats", "-addext", "subjectAltName=IP:127.0.0.1"],
    ...["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-addext", "basicConstraints=critical,CA:FALSE"],
    ...["-keyout", at("nats.key"), "-out", at("nats.pem")],
  );
  return {
    folder,
    ca: at("ca.pem"),
    cert: at("nats.pem"),
    key: at("nats.key"),
    otherCa: at("other.pem"),
    lasting(days) {
      authority(`lasting-${days}`, days);
      return at(`lasting-${days}.pem`);
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
