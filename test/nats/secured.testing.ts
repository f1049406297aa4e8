/** Starts the real nats-server with deploy/nats as it is, with a user for each role. */

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Role, roles } from "@memnet/protocol";
import { startNatsServer, type TestBroker } from "@memnet/service/testing";

export const natsFolder = fileURLToPath(new URL("../../deploy/nats/", import.meta.url));

export function passwordOf(role: Role): string {
  return `of-${role}`;
}

/** A copy of deploy/nats that a test may change, with passwords. */
export interface NatsFiles extends Disposable {
  readonly folder: string;
  /** The path of a file in it. */
  at(name: string): string;
}

/** @param routes the servers of a cluster, as host:port */
export function copyNats(routes: readonly string[] = []): NatsFiles {
  const folder = mkdtempSync(join(tmpdir(), "memnet-nats-"));
  const at = (name: string) => join(folder, name);
  cpSync(natsFolder, folder, { recursive: true });
  rmSync(at("passwords"), { recursive: true, force: true });
  mkdirSync(at("passwords"));
  const users = roles.map(
    (role) => `NATS_${role.toUpperCase().replace("-", "_")}_PASSWORD: "${passwordOf(role)}"\n`,
  );
  writeFileSync(at("passwords/users.conf"), users.join(""));
  const servers = routes.map((route) => `nats://cluster:between-servers@${route}`);
  const authorization = 'authorization { user: cluster, password: "between-servers", timeout: 5 }';
  writeFileSync(at("passwords/routes.conf"), `${authorization}\nroutes: [${servers.join(", ")}]\n`);
  return { folder, at, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The environment that a role's processes need. */
export function clientEnvironment(role: Role): Record<string, string> {
  return { NATS_USER: role, NATS_PASSWORD: passwordOf(role) };
}

/** The files of servers that may start again until the process exits. */
const kept = new Set<Disposable>();
process.once("exit", () => {
  for (const files of kept) files[Symbol.dispose]();
});

/** @param file a file of deploy/nats; its ports are replaced by free ones of the loopback interface */
export async function startSecured(
  file = "nats.conf",
  env: Readonly<Record<string, string>> = {},
): Promise<TestBroker> {
  const files = copyNats();
  try {
    const broker = await startNatsServer(["-c", files.at(file), "-m", "-1"], { ...process.env, ...env });
    kept.add(files);
    return broker;
  } catch (error) {
    files[Symbol.dispose]();
    throw error;
  }
}

export interface Certificates extends Disposable {
  readonly folder: string;
  readonly ca: string;
  /** Issued for 127.0.0.1, as a server's and as a client's. */
  readonly cert: string;
  readonly key: string;
  /** An authority that has signed no certificate here. */
  readonly otherCa: string;
  /** Makes an authority's certificate that is valid for so many days. @returns its file */
  lasting(days: number): string;
  /**
   * Replaces the certificate by one that the authority signs.
   *
   * @param endsInSeconds how long it is valid; negative for one that has expired
   */
  renew(endsInSeconds?: number): void;
}

const daySeconds = 86_400;

/**
 * Makes an authority and a server certificate signed by it. They are made each time, so that the repository contains nothing
 * that expires.
 */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(join(tmpdir(), "memnet-tls-"));
  const at = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes".split(" ");
  const authority = (name: string, days = 1) =>
    openssl(
      ...["req", "-x509", ...newKey, "-days", `${days}`, "-subj", `/CN=${name}`],
      ...["-keyout", at(`${name}.key`), "-out", at(`${name}.pem`)],
    );
  authority("ca");
  authority("other");
  // `openssl ca`, since `req` and `x509` of OpenSSL 3.0 know only whole days.
  writeFileSync(at("index"), "");
  writeFileSync(
    at("ca.conf"),
    `[ca]
default_ca = own
[own]
database = ${at("index")}
new_certs_dir = ${folder}
rand_serial = yes
unique_subject = no
default_md = sha256
policy = any
x509_extensions = leaf
[any]
commonName = supplied
[leaf]
basicConstraints = critical, CA:FALSE
subjectAltName = IP:127.0.0.1
extendedKeyUsage = serverAuth, clientAuth
`,
  );
  function renew(endsInSeconds = daySeconds): void {
    const now = Date.now();
    const time = (ms: number) => `${new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "")}`;
    openssl(
      ...["req", "-new", ...newKey, "-subj", "/CN=nats", "-keyout", at("new.key"), "-out", at("new.csr")],
    );
    openssl(
      ...[
        "ca",
        "-batch",
        "-notext",
        "-config",
        at("ca.conf"),
        "-cert",
        at("ca.pem"),
        "-keyfile",
        at("ca.key"),
      ],
      ...["-startdate", time(now - daySeconds * 1000), "-enddate", time(now + endsInSeconds * 1000)],
      ...["-in", at("new.csr"), "-out", at("new.pem")],
    );
    renameSync(at("new.key"), at("nats.key"));
    renameSync(at("new.pem"), at("nats.pem"));
  }
  renew();
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
    renew,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
