// A bound on how long somebody waits for work that goes on.

/**
 * The work's outcome. Throws the error that `late` makes where the work takes longer than this time; the work itself goes
 * on, if `waitUntil` keeps it alive.
 */
export async function withTimeLimit<T>(work: Promise<T>, ms: number, late: () => Error): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
