// A bucket as workerd asks it over HTTP: each request says in a line of JSON what it wants. It knows what the token journal
// uses on the way of a request, and keeps the labels of the objects, not their content.
// https://github.com/cloudflare/workerd/blob/main/src/workerd/api/r2-api.capnp

import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";

interface BucketRequest {
  method: string;
  object: string;
  customFields?: unknown[];
}

const METADATA_SIZE = "cf-r2-metadata-size";
const NO_SUCH_KEY = JSON.stringify({ version: 1, v4code: 10007, message: "The key does not exist." });

/** `callMs`: what a call takes at least, in milliseconds. `onPut`: an object was written. */
export function createBucket(callMs: () => number, onPut: () => void): Server {
  const labels = new Map<string, string>();
  return createServer(async (request, response) => {
    const { asked, content } = await read(request);
    if (callMs() > 0) await setTimeout(callMs());
    if (asked.method === "put") {
      labels.set(asked.object, describe(asked, content));
      onPut();
    } else if (asked.method !== "head") throw new Error(`the bucket does not know ${asked.method}`);
    const label = labels.get(asked.object);
    if (label === undefined) response.writeHead(404, { "cf-r2-error": NO_SUCH_KEY }).end();
    else response.writeHead(200, { [METADATA_SIZE]: Buffer.byteLength(label) }).end(label);
  });
}

/** A request that only asks has its line in a header, one that writes before the content. */
async function read(request: IncomingMessage): Promise<{ asked: BucketRequest; content: Buffer }> {
  const body = await buffer(request);
  const line = request.headers["cf-r2-request"];
  const size = line === undefined ? Number(request.headers[METADATA_SIZE]) : 0;
  return { asked: JSON.parse(String(line ?? body.subarray(0, size))), content: body.subarray(size) };
}

function describe({ object, customFields = [] }: BucketRequest, content: Buffer): string {
  const etag = createHash("md5").update(content).digest("hex");
  return JSON.stringify({
    name: object,
    version: etag,
    size: content.length,
    etag,
    uploaded: String(Date.now()),
    httpFields: {},
    customFields,
    checksums: { 0: etag },
  });
}
