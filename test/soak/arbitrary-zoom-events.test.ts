// Fuzzer: whatever reaches the webhook URL of an app, signed or not, the reader of events does not throw, the answer says
// only whether the signature is right, and the queue gets past all of it.

import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readEvent } from "../../src/zoom/events.ts";
import { createUnsynced, waitFor } from "../support/connections.ts";
import { type Stack, startStack, type Tenant } from "../support/stack.ts";
import { createTenantWithSecret, sendZoomEvent } from "../support/zoom-events.ts";

const RUNS = 2_000;
const SECRET = "webhook-secret-of-this-test";

let stack: Stack;
let tenant: Tenant;

beforeAll(async () => {
  stack = await startStack();
  tenant = await createTenantWithSecret(stack, SECRET);
});
afterAll(async () => await stack.close());

it(`${RUNS} arbitrary bodies, signed and not, are taken or refused, and never answered with 5xx`, {
  timeout: 300_000,
}, async () => {
  const name = fc.constantFrom(
    "meeting.created",
    "meeting.updated",
    "meeting.deleted",
    "user.updated",
    "user.deactivated",
    "app_deauthorized",
    "endpoint.url_validation",
  );
  const payload = fc.oneof(
    fc.jsonValue(),
    fc.record({
      object: fc.jsonValue(),
      user_id: fc.jsonValue(),
      operator_id: fc.jsonValue(),
      plainToken: fc.jsonValue(),
    }),
    fc.record({ object: fc.record({ id: fc.jsonValue(), pmi: fc.jsonValue(), host_id: fc.jsonValue() }) }),
  );
  const body = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.json(),
    fc.record({ event: name, event_ts: fc.jsonValue(), payload }).map((event) => JSON.stringify(event)),
  );
  await fc.assert(
    fc.asyncProperty(body, fc.boolean(), async (text, isSigned) => {
      const wellFormed = text.toWellFormed();
      expect(() => readEvent(wellFormed, Date.now())).not.toThrow();
      const answer = await sendZoomEvent(stack, wellFormed, {
        appId: tenant.appId,
        secret: SECRET,
        ...(isSigned ? {} : { signature: null }),
      });
      const isValidation = isSigned && wellFormed.includes("endpoint.url_validation");
      expect(isValidation ? [200, 400] : [isSigned ? 200 : 401]).toContain(answer.status);
    }),
    { numRuns: RUNS },
  );
  // Whatever the queue made of them, it goes on: a meeting that comes last is mapped.
  const host = (await createUnsynced(stack, tenant, await stack.authorize(tenant))).body;
  const meeting = { event: "meeting.created", payload: { object: { id: 987654321, host_id: host.user_id } } };
  await sendZoomEvent(stack, JSON.stringify(meeting), { appId: tenant.appId, secret: SECRET });
  const isMapped = "select from zoom_meetings where meeting_id = 987654321 and zoom_oauth_connection_id = $1";
  await waitFor(async () => (await stack.sql(isMapped, [host.id])).length === 1, "the last meeting", 60_000);
});
