// Zoom's answers of every length and in every form of transfer: read whole up to 1 MiB, and no further.

import { createServer, type Server } from "node:http";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, it } from "vitest";
import { LOOPBACK, listen } from "../../dev/ports.ts";
import { createUnsynced } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

interface Sent {
  bytes: number;
  isChunked?: boolean;
  isZipped?: boolean;
  /** Ends the connection after so many bytes. */
  breaksAfter?: number;
}

let server: Server;
let stack: Stack;
let tenant: Tenant;
let sent: Sent;
let count = 0;

/** `GET /users/me` as Zoom answers it, of exactly so many bytes; letters of two, three and four bytes stand at each border. */
function userOf(id: string, bytes: number): Buffer {
  const user = { id, account_id: `account-${id}`, status: "active", about: "" };
  const room = bytes - JSON.stringify(user).length;
  const letters = "äあ😀".repeat(Math.floor(room / 9));
  return Buffer.from(JSON.stringify({ ...user, about: letters + "x".repeat(room % 9) }));
}

beforeAll(async () => {
  server = createServer((_request, response) => {
    const user = userOf(`user-${count}`, sent.bytes);
    const body = sent.isZipped ? gzipSync(user) : user;
    response.writeHead(200, {
      "Content-Type": "application/json",
      ...(sent.isZipped ? { "Content-Encoding": "gzip" } : {}),
      ...(sent.isChunked ? {} : { "Content-Length": body.length }),
    });
    if (sent.breaksAfter === undefined) response.end(body);
    else response.write(body.subarray(0, sent.breaksAfter), () => response.destroy());
  });
  const port = await listen(server, 0);
  stack = await startStack({ vars: { ZOOM_API_BASE_URL: `http://${LOOPBACK}:${port}/v2` } });
  tenant = await stack.createTenant();
});
afterAll(async () => {
  await stack.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

async function connect(answer: Sent) {
  sent = answer;
  count += 1;
  return await createUnsynced(stack, tenant, await stack.authorize(tenant));
}

const SIZES = [500, 4 * KIB - 1, 4 * KIB, 4 * KIB + 1, 68 * KIB - 1, 68 * KIB, 300 * KIB, MIB - 1, MIB];

it.each(SIZES.flatMap((bytes) => [{ bytes }, { bytes, isChunked: true }, { bytes, isZipped: true }]))(
  "is read whole: %o",
  async (answer) => {
    const { status, body } = await connect(answer);
    expect([status, body.user_id]).toEqual([201, `user-${count}`]);
  },
);

it.each<[number, Sent]>([
  [502, { bytes: MIB + 1 }],
  [502, { bytes: 2 * MIB, isChunked: true }],
  [502, { bytes: 50 * MIB, isZipped: true }],
  [503, { bytes: 20 * KIB, breaksAfter: 16 * KIB }],
  [503, { bytes: 20 * KIB, breaksAfter: 16 * KIB, isChunked: true }],
])("is not taken for an answer, %i: %o", async (status, answer) => {
  expect((await connect(answer)).status).toBe(status);
});
