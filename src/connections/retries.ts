// Tries again after a fault that passes.

/**
 * Runs the work until it succeeds, with these pauses before each try, in milliseconds; throws the last error, or
 * at once one that is final.
 */
export async function withRetries<T>(
  pausesMs: readonly number[],
  work: () => Promise<T>,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<T> {
  let lastError: unknown;
  for (const pauseMs of pausesMs) {
    // Jitter, so that those who failed together do not come back together.
    if (pauseMs > 0) await scheduler.wait(pauseMs * (0.5 + Math.random()));
    try {
      return await work();
    } catch (error) {
      if (isFinal(error)) throw error;
      lastError = error;
    }
  }
  throw lastError;
}
