/** Watches the process: how long it is busy without a pause, and how much memory it takes. */

/**
 * The most processor time between two turns of the event loop, in milliseconds. It does not count the time that other
 * processes take, so that a busy machine fails no test.
 */
export const busyMsMax = 5000;

/** How much memory may be added to that of the warm process. */
export const growthMax = 768 * 1024 * 1024;

export class Watch {
  private base = 0;
  private from = process.cpuUsage();
  busyMs = 0;
  growth = 0;

  /** Takes the present memory as that of the warm process. */
  warm(): void {
    this.base = process.memoryUsage.rss();
  }

  begin(): void {
    this.from = process.cpuUsage();
  }

  /** @throws Error if the limits are passed */
  end(): void {
    const { user, system } = process.cpuUsage(this.from);
    const busyMs = (user + system) / 1000;
    this.busyMs = Math.max(this.busyMs, busyMs);
    if (busyMs > busyMsMax) throw new Error(`The process was busy for ${Math.round(busyMs)} ms`);
    if (this.base === 0) return;
    const growth = process.memoryUsage.rss() - this.base;
    this.growth = Math.max(this.growth, growth);
    if (growth > growthMax) throw new Error(`The process has grown by ${growth} bytes`);
  }
}
