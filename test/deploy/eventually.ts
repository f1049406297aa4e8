/** Waits for what comes in its own time, by looking again. */

const againMs = 300;

/** @throws what the last look threw, once the time is over */
export async function eventually<Result>(timeoutMs: number, look: () => Promise<Result>): Promise<Result> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}
