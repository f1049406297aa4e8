/** A thread that starts on first use, and restarts on the next use after it has ended. */

import { type Methods, type Remote, startThread, threadUrl } from "./thread.ts";

export class LazyThread<Api> {
  private readonly url: URL;
  private thread: Promise<Remote<Api>> | undefined;

  /** Takes the same parameters as threadUrl(). */
  constructor(asker: string, thread: string) {
    this.url = threadUrl(asker, thread);
  }

  /**
   * Starts the thread if necessary.
   *
   * @throws ThreadExitError if it fails to start
   */
  async api(): Promise<Methods<Api>> {
    this.thread ??= this.start();
    return (await this.thread).api;
  }

  /** Ends the thread, even in the middle of its work. */
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
