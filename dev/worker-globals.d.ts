// The Workers types that src uses without importing them, for what imports src under Node's types.

import type * as workers from "@cloudflare/workers-types";

declare global {
  interface Fetcher {
    fetch: typeof fetch;
  }
  type Queue<Body = unknown> = workers.Queue<Body>;
  type QueueSendBatchOptions = workers.QueueSendBatchOptions;
  type R2Bucket = workers.R2Bucket;
  type R2Object = workers.R2Object;
  type R2ObjectBody = workers.R2ObjectBody;
  type RateLimit = workers.RateLimit;
  type RequestInfo = Request | string;
  const scheduler: workers.Scheduler;
}

declare module "node:stream/web" {
  interface ReadableStreamBYOBReader {
    readAtLeast: workers.ReadableStreamBYOBReader["readAtLeast"];
  }
}
