// Which IPv4 addresses are special, compared with a library over random addresses and the edges of each block.

import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { isLoopbackAddress, isSpecialAddress } from "../../src/deliveries/ipv4.ts";

const toText = (address: number) => [24, 16, 8, 0].map((bits) => (address >>> bits) & 255).join(".");

describe("IPv4 addresses", () => {
  it("are special exactly where a library says that they are not unicast", () => {
    const anyAddress = fc.oneof(
      fc.nat(2 ** 32 - 1),
      // Near the edges, which lie at multiples of 256 addresses.
      fc
        .tuple(fc.nat(2 ** 24 - 1), fc.constantFrom(0, 1, 254, 255))
        .map(([block, rest]) => block * 256 + rest),
      fc
        .constantFrom("10", "100", "127", "169", "172", "192", "198", "203", "224", "240")
        .chain((first) => fc.nat(2 ** 24 - 1).map((rest) => Number(first) * 2 ** 24 + rest)),
    );
    fc.assert(
      fc.property(anyAddress, (address) => {
        const text = toText(address);
        const range = ipaddr.IPv4.parse(text).range();
        expect([text, isSpecialAddress(text)]).toEqual([text, range !== "unicast"]);
        expect([text, isLoopbackAddress(text)]).toEqual([text, range === "loopback"]);
      }),
      { numRuns: 20_000 },
    );
  });

  it.each(["", "localhost", "127.0.0", "127.0.0.1.1", "256.0.0.1", "0x7f.0.0.1", "127.0.0.1 ", "::1"])(
    "%j is none",
    (text) => expect([isSpecialAddress(text), isLoopbackAddress(text)]).toEqual([false, false]),
  );
});
