// verifyWebhook takes what the service signs and nothing else. The signatures are those of another implementation.

import { Webhook } from "standardwebhooks";
import { expect, expectTypeOf, it } from "vitest";
import {
  createTestWebhookHeaders,
  verifyWebhook,
  type WebhookEvent,
  WebhookVerificationError,
  type ZoomOAuthAppCredentialsInvalid,
  type ZoomOAuthConnectionStateChange,
} from "../../client/src/index.ts";

const SECRET = Buffer.from("a secret of thirty-two bytes ...").toString("base64");
const OTHER_SECRET = Buffer.from("another secret of 32 bytes .....").toString("base64");
const ID = "0b7b7b9e-3b0a-4d55-9f0e-6a2f3f1d2c11";
const BODY = JSON.stringify({
  idempotency_key: ID,
  trigger: "zoom_oauth_connection.state_change",
  zoom_oauth_connection_metadata: { name: "Zoë 🙂" },
  data: { state: "disconnected" },
});

/** The headers of a request that was signed so many seconds ago, with each of the secrets. */
function sign({ body = BODY, secrets = [SECRET], secondsAgo = 0 } = {}) {
  const date = new Date(Date.now() - secondsAgo * 1000);
  return {
    "webhook-id": ID,
    "webhook-timestamp": String(Math.floor(date.getTime() / 1000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(ID, date, body)).join(" "),
  };
}

async function refusal(...input: Parameters<typeof verifyWebhook>): Promise<WebhookVerificationError> {
  const error = await verifyWebhook(...input).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(WebhookVerificationError);
  return error as WebhookVerificationError;
}

const bytes = new TextEncoder().encode(BODY);
const headers = sign();
const shouted = Object.fromEntries(
  Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
);
const listed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]));

it.each([
  ["text and Headers", BODY, new Headers(headers)],
  ["text and Node's headers", BODY, { ...headers, "set-cookie": ["a=1", "b=2"], missing: undefined }],
  ["text and headers in capitals", BODY, shouted],
  ["text and headers that are lists", BODY, listed],
  ["a Uint8Array", bytes, headers],
  ["a Buffer that is a part of a larger one", Buffer.from(`--${BODY}--`).subarray(2, -2), headers],
  ["an ArrayBuffer", bytes.buffer.slice(0, bytes.length), headers],
])("answers the event for %s", async (_, body, given) => {
  expect(await verifyWebhook(body, given, SECRET)).toEqual(JSON.parse(BODY));
});

it("tells events apart by their trigger", async () => {
  const event = await verifyWebhook(BODY, headers, SECRET);
  expectTypeOf(event).toEqualTypeOf<WebhookEvent>();
  if (event.trigger === "zoom_oauth_app.credentials_invalid") {
    expectTypeOf(event).toEqualTypeOf<ZoomOAuthAppCredentialsInvalid>();
  }
  if (event.trigger !== "zoom_oauth_connection.state_change") throw new Error(event.trigger);
  expectTypeOf(event).toEqualTypeOf<ZoomOAuthConnectionStateChange>();
  expect(event.data.state).toBe("disconnected");
});

it("takes either secret while a rotation signs with both", async () => {
  const rotated = sign({ secrets: [OTHER_SECRET, SECRET] });
  expect(await verifyWebhook(BODY, rotated, SECRET)).toEqual(JSON.parse(BODY));
  expect(await verifyWebhook(BODY, rotated, OTHER_SECRET)).toEqual(JSON.parse(BODY));
});

it("refuses the secret before the rotation once it signs no more", async () => {
  const error = await refusal(BODY, sign({ secrets: [OTHER_SECRET] }), SECRET);
  expect(error.reason).toBe("signature_mismatch");
});

it.each([
  ["another body", `${BODY} `, headers],
  ["a body that was parsed and written again", JSON.stringify(JSON.parse(BODY), null, 2), headers],
  ["another id", BODY, { ...headers, "webhook-id": "another" }],
  [
    "another time",
    BODY,
    { ...headers, "webhook-timestamp": String(Number(headers["webhook-timestamp"]) + 1) },
  ],
  [
    "another version",
    BODY,
    { ...headers, "webhook-signature": headers["webhook-signature"].replace("v1,", "v2,") },
  ],
  ["no version", BODY, { ...headers, "webhook-signature": headers["webhook-signature"].slice(3) }],
  [
    "a part of the signature",
    BODY,
    { ...headers, "webhook-signature": headers["webhook-signature"].slice(0, -1) },
  ],
  [
    "one letter changed",
    BODY,
    { ...headers, "webhook-signature": changeLetter(headers["webhook-signature"]) },
  ],
])("refuses %s, and asks for the raw body and the right secret", async (_, body, given) => {
  const error = await refusal(body, given, SECRET);
  expect(error.reason).toBe("signature_mismatch");
  expect(error.message).toMatch(/Are you passing the raw body.*getWebhookSecret/);
});

it.each(["webhook-id", "webhook-timestamp", "webhook-signature"])(
  "refuses a request without %s",
  async (name) => {
    for (const value of [undefined, ""]) {
      const error = await refusal(BODY, { ...headers, [name]: value }, SECRET);
      expect(error).toMatchObject({ reason: "header_missing", message: expect.stringContaining(name) });
    }
  },
);

it("takes a request for five minutes, and refuses its replay afterwards", async () => {
  expect(await verifyWebhook(BODY, sign({ secondsAgo: 298 }), SECRET)).toBeDefined();
  expect(await verifyWebhook(BODY, sign({ secondsAgo: -298 }), SECRET)).toBeDefined();
  expect(await refusal(BODY, sign({ secondsAgo: 302 }), SECRET)).toMatchObject({
    reason: "timestamp_too_old",
    message: expect.stringMatching(/30\d seconds ago.*clock.*replay/),
  });
  expect((await refusal(BODY, sign({ secondsAgo: -302 }), SECRET)).reason).toBe("timestamp_too_new");
});

it.each(["soon", "1e9", "-5", "1736764200.5", "9".repeat(20)])("refuses the time %s", async (timestamp) => {
  const error = await refusal(BODY, { ...headers, "webhook-timestamp": timestamp }, SECRET);
  expect(error.reason).toBe("timestamp_malformed");
});

it.each([
  ["a parsed body", JSON.parse(BODY)],
  ["no body", undefined],
])("says that %s is not the raw one", async (_, body) => {
  const error = await refusal(body, headers, SECRET);
  expect(error).toMatchObject({ reason: "body_not_raw", message: expect.stringContaining("express.raw") });
});

it.each([
  ["empty", ""],
  ["not base64", "whsec_secret"],
  ["missing", undefined],
  // Base64 of three bytes, if it were read as text.
  ["null", null],
])("refuses to judge with a secret that is %s", async (_, secret) => {
  const error = await refusal(BODY, headers, secret as string);
  expect(error.reason).toBe("secret_malformed");
  if (secret) expect(error.message).not.toContain(secret);
});

it("refuses a signed body that is no JSON", async () => {
  expect((await refusal("hello", sign({ body: "hello" }), SECRET)).reason).toBe("body_not_json");
});

it("signs test requests as another implementation expects them", async () => {
  const made = await createTestWebhookHeaders(BODY, SECRET);
  expect(new Webhook(SECRET).verify(BODY, made)).toEqual(JSON.parse(BODY));
  expect(await verifyWebhook(BODY, made, SECRET)).toEqual(JSON.parse(BODY));
  expect(made["webhook-id"]).not.toBe((await createTestWebhookHeaders(BODY, SECRET))["webhook-id"]);
  const old = await createTestWebhookHeaders(bytes, SECRET, { id: ID, timestamp: new Date(0) });
  expect(old["webhook-id"]).toBe(ID);
  expect((await refusal(BODY, old, SECRET)).reason).toBe("timestamp_too_old");
});

function changeLetter(signature: string): string {
  const letter = signature[20] === "A" ? "B" : "A";
  return `${signature.slice(0, 20)}${letter}${signature.slice(21)}`;
}
