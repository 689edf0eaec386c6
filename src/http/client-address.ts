// Whose request it is: for limits, and for the audit.

import type { Context } from "hono";
import { toOriginText } from "../model/actor.ts";
import type { AppEnv } from "./router.ts";

/** A provider gives each subscriber a network of at least this size (RFC 6177, 2): its half of the address has 4 of 8 parts. */
const NETWORK_PARTS = 4;
const PARTS = 8;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;
/** An IPv4 address in the form of an IPv6 one: its last two parts (RFC 4291, 2.5.5.2). */
const MAPPED = /^0:0:0:0:0:ffff:([0-9a-f]+):([0-9a-f]+)$/;
/** The longest text of an IPv6 address is shorter. */
const MAX_LENGTH = 64;

/**
 * What stands for the sender in limits by address: an IPv4 address, also where it is written as an IPv6 one, or the /64
 * network of an IPv6 address. `header` is `CF-Connecting-IP`, which Cloudflare sets and no client can.
 */
export function senderOf(header: string | undefined): string {
  if (header === undefined) return "unknown";
  if (IPV4.test(header)) return header;
  const parts = parseIpv6(header);
  if (parts === null) return header.slice(0, MAX_LENGTH);
  const [, high, low] = MAPPED.exec(parts.join(":")) ?? [];
  if (high !== undefined && low !== undefined) return toIpv4(high, low);
  return `${parts.slice(0, NETWORK_PARTS).join(":")}::/64`;
}

/** Where the request came from, for the audit: the whole address, and the request's id. */
export function originOf(c: Context<AppEnv>): string {
  return toOriginText(c.req.header("CF-Connecting-IP")?.slice(0, MAX_LENGTH), c.get("requestId"));
}

/** The eight parts in lower-case hex without leading zeros; null: no such address. The URL parser knows each way to write one. */
function parseIpv6(text: string): string[] | null {
  const url = `http://[${text}]`;
  if (!/^[0-9a-f:.]+$/i.test(text) || !URL.canParse(url)) return null;
  const [left = "", right] = new URL(url).hostname.slice(1, -1).split("::");
  const before = left.split(":").filter(Boolean);
  const after = right?.split(":").filter(Boolean) ?? [];
  return [...before, ...Array(PARTS - before.length - after.length).fill("0"), ...after];
}

function toIpv4(high: string, low: string): string {
  const bytes = [high, low].flatMap((part) => {
    const number = Number.parseInt(part, 16);
    return [number >> 8, number & 0xff];
  });
  return bytes.join(".");
}
