/** Exports when a connection's certificates expire, so that an alert can come before they do. */

import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { Metrics } from "../metrics.ts";
import type { TlsFiles } from "./tls.ts";

/** Seconds since 1970. A file may hold several certificates, of which the first to expire counts. */
export function expirySeconds(pem: string): number {
  const all = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  return Math.min(...all.map((one) => Date.parse(new X509Certificate(one).validTo) / 1000));
}

/**
 * Measures the certificates of files at each scrape, since files are renewed while a process runs. A file that cannot
 * be read keeps the value that it had.
 *
 * @returns the receiver of the server's certificate, at each dial
 */
export function watchCertificates(metrics: Metrics, { ca, cert }: TlsFiles): (validTo: string) => void {
  const files = Object.entries({ ca, client: cert }).flatMap(([kind, path]) =>
    path === undefined ? [] : [[kind, path] as const],
  );
  const seen = new Map<string, number>();
  metrics.measuredBy(
    "certificate_expiry_timestamp_seconds",
    "When the certificate of NATS, the authority's or this service's own expires",
    "certificate",
    async () => {
      for (const [kind, path] of files) {
        const pem = await readFile(path, "utf8").catch(() => "");
        if (pem !== "") seen.set(kind, expirySeconds(pem));
      }
      return seen;
    },
  );
  return (validTo) => seen.set("server", Date.parse(validTo) / 1000);
}
