/** Opens a port, or says which one could not be opened. */

import type { AddressInfo, Server } from "node:net";

/** Another process listens where this one wants to. */
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
 * @param wanted 0 takes a free port; null the usual one, or a free one where another process has it
 * @returns      the port that it listens on
 * @throws PortInUseError, or what the system says
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
 * @param port 0 takes a free one
 * @returns    the port that it listens on
 * @throws PortInUseError, or what the system says
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
