/** Opens a port, and names the port in the error if that fails. */

import type { AddressInfo, Server } from "node:net";

/** Another process listens on the port. */
export class PortInUseError extends Error {
  override readonly name = "PortInUseError";
  readonly code = "PORT_IN_USE";
  readonly port: number;
  readonly host: string;
  constructor(port: number, host: string, cause: unknown) {
    super(`Cannot listen on ${host}:${port}: the port must be free, another process has it`, { cause });
    this.port = port;
    this.host = host;
  }
}

/**
 * Listens on the wanted port, or on a fallback.
 *
 * @param wanted 0 picks a free port; null takes the usual one, or a free one if another process uses it
 * @returns      the port that it listens on
 * @throws PortInUseError, or the system's error
 */
export async function listenOr(
  server: Server,
  wanted: number | null,
  usual: number,
  host: string,
): Promise<number> {
  if (wanted !== null) return listen(server, wanted, host);
  try {
    return await listen(server, usual, host);
  } catch (error) {
    if (!(error instanceof PortInUseError)) throw error;
    return listen(server, 0, host);
  }
}

/**
 * Listens on a port.
 *
 * @param port 0 picks a free one
 * @returns    the port that it listens on
 * @throws PortInUseError, or the system's error
 */
export function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      reject(error.code === "EADDRINUSE" ? new PortInUseError(port, host, error) : error);
    server.once("error", failed);
    server.listen(port, host, () => {
      server.off("error", failed);
      resolve((server.address() as AddressInfo).port);
    });
  });
}
