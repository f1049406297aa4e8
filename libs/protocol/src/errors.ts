/** Errors for messages that cannot be used. Such a message is counted, logged and dropped, never fatal. */

export type ProtocolErrorCode = "MALFORMED" | "VERSION" | "KIND" | "SCHEMA" | "SIZE";

export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;
  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** An answer that is a refusal, with a stable code. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
