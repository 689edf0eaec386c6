// One request to a receiver: bounded in time and in what is read of the answer; redirects are not followed.

/** For the whole exchange, in milliseconds. */
const TIMEOUT_MS = 10_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_SHOWN_CHARACTERS = 500;

export interface Answer {
  /** Null: there was no answer. */
  statusCode: number | null;
  /** How the answer begins; null: there was none. */
  body: string | null;
  /** Why there was no answer, in our own words; null: there was one. */
  error: string | null;
}

/** Never throws. */
export async function send(url: URL, body: string, headers: Record<string, string>): Promise<Answer> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json", "User-Agent": "zoom-oauth-connections/1" },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const text = await readBeginning(response);
    // U+0000 is no text that the database can hold.
    return {
      statusCode: response.status,
      body: text.replaceAll("\0", "").slice(0, MAX_SHOWN_CHARACTERS).toWellFormed(),
      error: null,
    };
  } catch (error) {
    const isTimeout = error instanceof Error && error.name === "TimeoutError";
    const why = isTimeout
      ? `No answer within ${TIMEOUT_MS / 1000} seconds.`
      : "The connection failed: no host, no listener, a broken answer, or a certificate that is not valid.";
    return { statusCode: null, body: null, error: why };
  }
}

async function readBeginning(response: Response): Promise<string> {
  if (!response.body) return "";
  const decoder = new TextDecoder();
  let text = "";
  let length = 0;
  try {
    for await (const chunk of response.body as ReadableStream<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      length += chunk.length;
      // Leaving the loop cancels the rest.
      if (length >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // The status has been said; a body that hangs or breaks takes nothing from it.
  }
  return text;
}
