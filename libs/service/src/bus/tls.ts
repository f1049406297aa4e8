/** TLS options for NATS: which certificates are trusted, and which names they must carry. */

import { checkServerIdentity, type PeerCertificate } from "node:tls";

/** Paths of PEM files. They are read again at each dial, so that certificates can be renewed while a process runs. */
export interface TlsFiles {
  /** Certificates trusted instead of the system's. */
  readonly ca?: string;
  /** The client's own certificate, if the server requires one. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * Returns TLS options for the NATS library.
 *
 * The library upgrades an open socket, and Node.js then checks the certificate against `localhost` if the server was
 * dialled by IP address. So this check accepts a certificate that carries the name or address of any of the configured
 * servers.
 *
 * @param servers       each as host:port
 * @param onCertificate receives the end of the server's certificate
 */
export function tlsOptions(
  servers: readonly string[],
  { ca, cert, key }: TlsFiles,
  onCertificate: (validTo: string) => void = () => {},
) {
  const hosts = servers.map((server) => new URL(`nats://${server}`).hostname.replace(/^\[|\]$/g, ""));
  return {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
    checkServerIdentity(_name: string, certificate: PeerCertificate): Error | undefined {
      onCertificate(certificate.valid_to);
      const problems = hosts.map((host) => checkServerIdentity(host, certificate));
      return problems.includes(undefined) ? undefined : problems[0];
    },
  };
}
