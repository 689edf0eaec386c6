// Tries again after a fault that passes.

interface Limits {
  /** Whether no further try can change the error. Default: never. */
  isFinal?: (error: unknown) => boolean;
  /** No further try begins after this time, in milliseconds. Default: no limit. */
  patienceMs?: number;
}

/**
 * Runs the work until it succeeds, with these pauses before each try, in milliseconds; throws the last error, or
 * at once one that is final.
 */
export async function withRetries<T>(
  pausesMs: readonly number[],
  work: () => Promise<T>,
  { isFinal = () => false, patienceMs = Number.POSITIVE_INFINITY }: Limits = {},
): Promise<T> {
  const start = Date.now();
  let lastError: unknown;
  for (const pauseMs of pausesMs) {
    if (Date.now() - start > patienceMs) break;
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

/** Whether the work comes to an end within this time, in milliseconds; an error that is not final is none. */
export async function endsWithin(
  ms: number,
  work: Promise<unknown>,
  isFinal: (error: unknown) => boolean,
): Promise<boolean> {
  return await new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const end = (hasEnded: boolean) => {
      clearTimeout(timer);
      resolve(hasEnded);
    };
    work.then(
      () => end(true),
      (error: unknown) => end(isFinal(error)),
    );
  });
}
