/** TLS to NATS: which certificates are believed, and whose name they must bear. */

import { checkServerIdentity, type PeerCertificate } from "node:tls";

/** PEM files; they are read again at each dial, so that certificates can be renewed under a running process. */
export interface TlsFiles {
  /** Certificates that are believed in place of the system's. */
  readonly ca?: string;
  /** The client's own, where the server asks for one. */
  readonly cert?: string;
  readonly key?: string;
}

/**
 * For the NATS library. It upgrades a socket that is open already, and Node.js then takes its peer for `localhost` where
 * it was dialled by number: so a certificate must bear the name or number of one of the servers that were asked for.
 *
 * @param servers host:port each
 */
export function tlsOptions(servers: readonly string[], { ca, cert, key }: TlsFiles) {
  const hosts = servers.map((server) => new URL(`nats://${server}`).hostname.replace(/^\[|\]$/g, ""));
  return {
    ...(ca === undefined ? {} : { caFile: ca }),
    ...(cert === undefined ? {} : { certFile: cert }),
    ...(key === undefined ? {} : { keyFile: key }),
    checkServerIdentity(_name: string, certificate: PeerCertificate): Error | undefined {
      const problems = hosts.map((host) => checkServerIdentity(host, certificate));
      return problems.includes(undefined) ? undefined : problems[0];
    },
  };
}
