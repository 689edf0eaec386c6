// Sends requests as a caller with open connections does, one after the other or many at once.

import { Agent, request as send } from "node:http";
import { LOCAL } from "../dev/local-values.ts";

export interface BenchRequest {
  method: string;
  path: string;
  body?: unknown;
  /** Of the Authorization header. Default: the local API key. */
  authorization?: string;
}

export interface BenchAnswer {
  status: number;
  contentType: string;
  body: string;
  /** From the call until the answer's last byte, in milliseconds. */
  durationMs: number;
}

const agent = new Agent({ keepAlive: true });

/** Throws where the answer is no 2xx. */
export async function ask(url: string, request: BenchRequest): Promise<BenchAnswer> {
  const { method, path, body, authorization = `Token ${LOCAL.apiKey}` } = request;
  const text = body === undefined ? "" : JSON.stringify(body);
  const headers = {
    Authorization: authorization,
    ...(body === undefined ? {} : { "Content-Type": "application/json", "Content-Length": text.length }),
  };
  return await new Promise((resolve, reject) => {
    const start = performance.now();
    const sent = send(new URL(path, url), { method, headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const durationMs = performance.now() - start;
        const status = response.statusCode ?? 0;
        const answer = Buffer.concat(chunks).toString();
        if (status < 200 || status > 299) reject(new Error(`${method} ${path}: ${status} ${answer}`));
        resolve({ status, contentType: response.headers["content-type"] ?? "", body: answer, durationMs });
      });
    });
    sent.on("error", reject);
    sent.end(text);
  });
}

/** Sends all of them, this many at a time. Returns how long it took, in milliseconds. */
export async function askAll(
  url: string,
  requests: readonly BenchRequest[],
  concurrency: number,
): Promise<number> {
  const start = performance.now();
  let next = 0;
  const work = async () => {
    for (let request = requests[next++]; request; request = requests[next++]) await ask(url, request);
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return performance.now() - start;
}

/** The nearest-rank percentile of numbers, `share` from 0 to 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}
