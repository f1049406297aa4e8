/** A thread that is started when it is first needed, and again after it has ended. */

import { type Methods, type Remote, startThread, threadUrl } from "./thread.ts";

export class LazyThread<Api> {
  private readonly url: URL;
  private thread: Promise<Remote<Api>> | undefined;

  /** As `threadUrl`. */
  constructor(asker: string, thread: string) {
    this.url = threadUrl(asker, thread);
  }

  /** @throws ThreadExitError where it does not come up */
  async api(): Promise<Methods<Api>> {
    this.thread ??= this.start();
    return (await this.thread).api;
  }

  /** Ends it, also in the middle of its work. */
  async stop(): Promise<void> {
    const ending = this.thread;
    this.thread = undefined;
    await ending?.then((remote) => remote.stop()).catch(() => {});
  }

  private start(): Promise<Remote<Api>> {
    const started = startThread<Api>(this.url).then((remote) => {
      remote.onExit(forget);
      return remote;
    });
    const forget = () => {
      if (this.thread === started) this.thread = undefined;
    };
    started.catch(forget);
    return started;
  }
}
