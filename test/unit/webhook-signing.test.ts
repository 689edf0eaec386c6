// The signatures of a delivery. The expected texts and signatures were printed by Python's json and hmac.

import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hmacSha256, verifyHmacSha256 } from "../../src/crypto/hmac.ts";
import { canonicalJson, type JsonValue, signDelivery } from "../../src/deliveries/signing.ts";

const CURRENT = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const REPLACED = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";
const BODY =
  '{"account_id":"a","data":{"last_successful_sync_at":null,"state":"disconnected"},' +
  '"idempotency_key":"0b7b7b9e-3b0a-4d55-9f0e-6a2f3f1d2c11","trigger":"zoom_oauth_connection.state_change",' +
  '"user_id":"u","zoom_oauth_connection_id":"zoc_abcdefghij123456",' +
  '"zoom_oauth_connection_metadata":{"10":"zehn","9":"neun","stadt":"Zürich 😀"}}';
const DELIVERY = {
  secrets: [CURRENT],
  id: "whd_abcdefghij123456",
  timestamp: new Date("2026-01-21T13:00:00.999Z"),
  body: BODY,
} as const;

const SIGNED = {
  "X-Webhook-Signature": "+CAYbF1qGypU2USjS4jdLddFMZlMlPtHewJvB6KzDf0=",
  "webhook-id": "whd_abcdefghij123456",
  "webhook-timestamp": "1769000400",
  "webhook-signature": "v1,V8iSILS0pt91Q1Vp83301C3H+WYbTqqCP8fz0kga1e0=",
};
const SIGNATURE_BY_REPLACED = "v1,Fo+vNMMIxKyM2aKyLJ8qzWgSEf5Ee55Hg+qgNAuALfw=";

describe("canonicalJson", () => {
  it.each([
    ['{"b":1,"a":2}', '{"a":2,"b":1}'],
    ['{"10":1,"9":2,"1":3,"a":4,"01":5,"-1":6}', '{"-1":6,"01":5,"1":3,"10":1,"9":2,"a":4}'],
    ['{"ab":1,"a":2,"a b":3,"aB":4}', '{"a":2,"a b":3,"aB":4,"ab":1}'],
    ['{"\\ud83d\\ude00":1,"\\uffee":2,"\\ue000":3,"z":4}', '{"z":4,"\ue000":3,"\uffee":2,"\u{1f600}":1}'],
    [
      '{"\\ud83d\\ude00b":1,"\\ud83d\\ude00a":2,"\\ud83d\\ude00":3}',
      '{"\u{1f600}":3,"\u{1f600}a":2,"\u{1f600}b":1}',
    ],
    [
      '"é日本\\u2028\\u2029\\u007f\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\/"',
      '"é日本\u2028\u2029\u007f\\u0000\\u001f\\b\\f\\n\\r\\t\\"\\\\/"',
    ],
    ['{"":[],"a":{},"A":null,"_":[true,false]}', '{"":[],"A":null,"_":[true,false],"a":{}}'],
    ["[0,-0,9007199254740991,-9007199254740991,1e21]", "[0,0,9007199254740991,-9007199254740991,1e+21]"],
    ["[0.5,-1.25,0.1,1e300]", "[0.5,-1.25,0.1,1e+300]"],
    [
      '{"a":{"d":[{"z":1,"y":[[],{"2":0,"11":0}]}],"c":" "}}',
      '{"a":{"c":" ","d":[{"y":[[],{"11":0,"2":0}],"z":1}]}}',
    ],
    ['{"__proto__":{"b":1,"a":2},"constructor":3}', '{"__proto__":{"a":2,"b":1},"constructor":3}'],
  ])("writes %s as Python does", (text, expected) => {
    const value: JsonValue = JSON.parse(text);
    expect(canonicalJson(value)).toBe(expected);
  });

  it("changes nothing when its own text is read and written again", () => {
    expect(canonicalJson(JSON.parse(BODY))).toBe(BODY);
  });
});

describe("HMAC-SHA256", () => {
  const key = Uint8Array.fromBase64(CURRENT);
  const expected = Uint8Array.fromBase64(SIGNED["X-Webhook-Signature"]);

  it("is that of Python's hmac, over text as over its bytes", async () => {
    expect(await hmacSha256(key, BODY)).toEqual(expected);
    expect(await hmacSha256(key, new TextEncoder().encode(BODY))).toEqual(expected);
    expect((await hmacSha256(key, "")).toHex()).toBe(
      "d38b42096d80f45f826b44a9d5607de72496a415d3f4a1a8c88e3bb9da8dc1cb",
    );
  });

  it("verifies itself and nothing else", async () => {
    expect(await verifyHmacSha256(key, expected, BODY)).toBe(true);
    expect(await verifyHmacSha256(key, expected, `${BODY} `)).toBe(false);
    expect(await verifyHmacSha256(Uint8Array.fromBase64(REPLACED), expected, BODY)).toBe(false);
    expect(await verifyHmacSha256(key, expected.slice(0, 31), BODY)).toBe(false);
    expect(await verifyHmacSha256(key, new Uint8Array(), BODY)).toBe(false);
  });
});

describe("signDelivery", () => {
  beforeEach(() => void vi.useFakeTimers({ now: DELIVERY.timestamp, toFake: ["Date"] }));
  afterEach(() => void vi.useRealTimers());

  it("signs as Python's hmac does", async () => {
    expect(await signDelivery(DELIVERY)).toEqual(SIGNED);
  });

  it("is verified by Standard Webhooks' own library", async () => {
    const headers = await signDelivery(DELIVERY);
    expect(new Webhook(CURRENT).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    expect(new Webhook(`whsec_${CURRENT}`).verify(BODY, headers)).toEqual(JSON.parse(BODY));
  });

  it.each([
    ["another body", CURRENT, BODY.replace("disconnected", "connected"), {}],
    ["another id", CURRENT, BODY, { "webhook-id": "whd_abcdefghij123457" }],
    ["another time", CURRENT, BODY, { "webhook-timestamp": "1769000401" }],
    ["another secret", REPLACED, BODY, {}],
  ])("is refused by it with %s", async (_name, secret, body, changed) => {
    const headers = { ...(await signDelivery(DELIVERY)), ...changed };
    expect(() => new Webhook(secret).verify(body, headers)).toThrow("No matching signature found");
  });

  it("is verified by both secrets while one replaces the other, the plain header by the current one", async () => {
    const headers = await signDelivery({ ...DELIVERY, secrets: [CURRENT, REPLACED] });
    expect(headers).toEqual({
      ...SIGNED,
      "webhook-signature": `${SIGNED["webhook-signature"]} ${SIGNATURE_BY_REPLACED}`,
    });
    for (const secret of [CURRENT, REPLACED]) {
      expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    }
  });

  it("refuses a secret that is not base64", async () => {
    await expect(signDelivery({ ...DELIVERY, secrets: ["not base64!"] })).rejects.toThrow();
  });
});
