/** Repeats a check until it succeeds. */

const againMs = 300;

/** @throws the last check's error, once the time is over */
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
