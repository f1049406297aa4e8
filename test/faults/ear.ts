/** Listens to a run throughout its faults: makes a new bus whenever the previous one is lost. */

import type { Messenger } from "@memnet/service";
import type { Operator } from "@memnet/terminal";

const lookMs = 20;

export class Ear implements AsyncDisposable {
  private readonly connect: () => Promise<Operator>;
  private readonly hear: (messenger: Messenger) => void;
  private operator: Operator | undefined;
  private isClosed = false;
  private readonly listening: Promise<void>;

  /**
   * @param connect retried while it rejects
   * @param hear    subscribes; called for each new bus
   */
  constructor(connect: () => Promise<Operator>, hear: (messenger: Messenger) => void) {
    this.connect = connect;
    this.hear = hear;
    this.listening = this.listen();
  }

  /** The current bus. @throws Error if there is none */
  get messenger(): Messenger {
    if (!this.operator) throw new Error("Cannot ask the run: no actor is connected");
    return this.operator.messenger;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
    await this.listening;
  }

  private async listen(): Promise<void> {
    while (!this.isClosed) {
      try {
        await using operator = await this.connect();
        this.hear(operator.messenger);
        this.operator = operator;
        const { bus } = operator.messenger;
        while (!this.isClosed && bus.connected) await passed(lookMs);
      } catch {
        await passed(lookMs);
      } finally {
        this.operator = undefined;
      }
    }
  }
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
