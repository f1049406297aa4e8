/** The parameters that a trainer hears in parts, of the last step that it has heard any of. */

import { type Fields, type messages, ProtocolError } from "@memnet/protocol";
import { Gathered } from "@memnet/service";

export class Parts {
  private readonly parameterBytes: number;
  private readonly partBytes: number;
  private last: { readonly hash: string; readonly gathered: Gathered } | undefined;

  constructor(parameterBytes: number, partBytes: number) {
    this.parameterBytes = parameterBytes;
    this.partBytes = partBytes;
  }

  /** @throws ProtocolError if it is no part of such parameters */
  add({ hash, bytes, offset }: Fields<typeof messages.part>, body: Uint8Array): void {
    if (bytes !== this.parameterBytes) {
      throw new ProtocolError("SIZE", `The parameters must have ${this.parameterBytes} bytes, got ${bytes}`);
    }
    this.of(hash).add(offset, body);
  }

  /** What has arrived of these parameters; further parts join it. What has arrived of others is dropped. */
  of(hash: string): Gathered {
    if (this.last?.hash !== hash) {
      this.last = { hash, gathered: new Gathered(this.parameterBytes, this.partBytes) };
    }
    return this.last.gathered;
  }
}
