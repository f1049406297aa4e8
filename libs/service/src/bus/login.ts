/** The login for NATS. A password in a file is read at each dial, since it may change while the process runs. */

import { readSecretFile } from "../secret-file.ts";
import type { ConnectionSettings, Servers } from "./servers.ts";

/** What a client sends when it connects, with NATS's own names. */
export type Credentials = { user: string; pass?: string } | { auth_token: string } | undefined;

export class Login {
  private readonly user: string | undefined;
  private readonly token: string | undefined;
  private readonly file: string | undefined;
  private password: string | undefined;
  /** Why the password could not be read at the last dial, which used the one before; null if it could. */
  unreadable: string | null = null;

  constructor(settings: ConnectionSettings, servers: Servers) {
    this.user = settings.user ?? servers.user;
    this.token = servers.token;
    this.file = settings.passwordFile;
    this.password = settings.password ?? servers.password;
  }

  /** The user, in human-readable form. */
  get who(): string {
    return this.user === undefined ? "a client without a user" : `the user ${this.user}`;
  }

  /** The credentials for a dial. It never throws, since the library would close the connection for good. */
  credentials(): Credentials {
    if (this.file !== undefined) {
      try {
        this.password = readSecretFile(this.file);
        this.unreadable = null;
      } catch (error) {
        this.unreadable = `NATS_PASSWORD_FILE: ${(error as Error).message}`;
      }
    }
    if (this.user !== undefined) {
      return { user: this.user, ...(this.password === undefined ? {} : { pass: this.password }) };
    }
    return this.token === undefined ? undefined : { auth_token: this.token };
  }
}
