// Pure rules, as tables of cases.

import { describe, expect, it } from "vitest";
import { createId, isId } from "../../src/crypto/ids.ts";
import { toIsoMicroseconds } from "../../src/db/columns.ts";
import { apiBaseUrl } from "../../src/zoom/client.ts";
import { parseRetryAfter } from "../../src/zoom/failure.ts";

describe("apiBaseUrl", () => {
  const CONFIGURED = "https://api.zoom.us/v2";
  it.each([
    ["https://api-us.zoom.us", "https://api-us.zoom.us/v2"],
    ["https://eu01api.zoom.us/", "https://eu01api.zoom.us/v2"],
    ["https://company.zoom.us", "https://company.zoom.us/v2"],
    ["https://API-EU.ZOOM.US", "https://api-eu.zoom.us/v2"],
    ["https://api.zoom.us", CONFIGURED],
    [null, CONFIGURED],
    ["", CONFIGURED],
    ["http://api-us.zoom.us", CONFIGURED],
    ["https://zoom.us.evil.com", CONFIGURED],
    ["https://evilzoom.us", CONFIGURED],
    ["https://zoom.us@evil.com", CONFIGURED],
    ["https://user:pass@api.zoom.us", CONFIGURED],
    ["https://api-us.zoom.us:8443", CONFIGURED],
    ["https://evil.com/.zoom.us", CONFIGURED],
    ["https://evil.com\\.zoom.us", CONFIGURED],
    ["//api-us.zoom.us", CONFIGURED],
    ["javascript:alert(1)", CONFIGURED],
  ])("%j", (apiUrl, expected) => {
    expect(apiBaseUrl(apiUrl, CONFIGURED)).toBe(expected);
  });

  it("follows a configured base of any host, and nothing beside it", () => {
    const local = "http://localhost:8788/v2";
    expect(apiBaseUrl("http://localhost:8788", local)).toBe(local);
    expect(apiBaseUrl("http://localhost:9999", local)).toBe(local);
  });
});

describe("parseRetryAfter", () => {
  const NOW = Date.parse("2026-01-20T00:00:00Z");
  it.each([
    ["30", 30],
    ["0", 1],
    ["Tue, 20 Jan 2026 00:02:00 GMT", 120],
    ["2026-01-20T00:01:00Z", 60],
    ["2025-01-20T00:00:00Z", 1],
    ["2027-01-20T00:00:00Z", 86_400],
    ["999999999", 86_400],
    ["soon", undefined],
    ["-5", undefined],
    ["", undefined],
    [null, undefined],
  ])("%j", (header, seconds) => {
    expect(parseRetryAfter(header, NOW)).toBe(seconds);
  });
});

describe("toIsoMicroseconds", () => {
  it.each([
    ["2025-01-13 10:30:00.123456+00", "2025-01-13T10:30:00.123456Z"],
    ["2025-01-13 10:30:00.1+00", "2025-01-13T10:30:00.100000Z"],
    ["2025-01-13 10:30:00+00", "2025-01-13T10:30:00.000000Z"],
    ["2025-01-13 01:30:00.000001+02", "2025-01-12T23:30:00.000001Z"],
    ["2025-01-13 10:30:00.5-03:30", "2025-01-13T14:00:00.500000Z"],
  ])("%s", (timestamptz, iso) => {
    expect(toIsoMicroseconds(timestamptz)).toBe(iso);
  });

  it.each(["infinity", "2025-01-13", "0044-03-15 12:00:00+00 BC"])("refuses %s", (text) => {
    expect(() => toIsoMicroseconds(text)).toThrow(TypeError);
  });
});

describe("ids", () => {
  it("have their prefix and 16 characters, and do not repeat", () => {
    const ids = Array.from({ length: 10_000 }, () => createId("zoc"));
    expect(ids.every((id) => /^zoc_[A-Za-z0-9]{16}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("use each of the 62 characters about equally often", () => {
    const counts = new Map<string, number>();
    const text = Array.from({ length: 10_000 }, () => createId("zoc").slice(4)).join("");
    for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
    // 160,000 draws: 2,581 of each on average, with a standard deviation of 50. Eight of them are allowed.
    expect(counts.size).toBe(62);
    for (const count of counts.values()) expect(Math.abs(count - 160_000 / 62)).toBeLessThan(8 * 51);
  });

  it.each([
    "zoc_",
    "zoc_abc",
    "zoa_abcdefghij123456",
    "zoc_abcdefghij12345\n",
    "zoc_abcdefghij1234567",
    "zoc_abcdefghij12345é",
  ])("%j is none", (text) => {
    expect(isId("zoc", text)).toBe(false);
  });
});
