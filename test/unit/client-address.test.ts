// What stands for a sender in limits by address.

import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { expect, it } from "vitest";
import { senderOf } from "../../src/http/callers.ts";

it.each([
  ["203.0.113.1", "203.0.113.1"],
  ["::ffff:203.0.113.1", "203.0.113.1"],
  ["::ffff:cb00:7101", "203.0.113.1"],
  ["0:0:0:0:0:FFFF:203.0.113.1", "203.0.113.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"],
  ["2001:DB8:1:2::", "2001:db8:1:2::/64"],
  ["2001:0db8:0001:0002:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"],
  ["2001:db8:1:3::1", "2001:db8:1:3::/64"],
  ["::1", "0:0:0:0::/64"],
  [undefined, "unknown"],
  ["not an address", "not an address"],
])("%s counts as %s", (header, sender) => {
  expect(senderOf(header)).toBe(sender);
});

it("agrees with a library about each address", () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV6(), fc.ipV4()), (text) => {
      // The library takes the obsolete form ::203.0.113.1 for a mapped address (RFC 4291, 2.5.5.1).
      fc.pre(!/^::\d+\.\d/.test(text));
      const address = ipaddr.process(text);
      const expected =
        address instanceof ipaddr.IPv6
          ? `${address.parts
              .slice(0, 4)
              .map((part) => part.toString(16))
              .join(":")}::/64`
          : address.toString();
      expect(senderOf(text)).toBe(expected);
    }),
    { numRuns: 5_000 },
  );
});

it("a text that is no address is remembered in bounded space", () => {
  expect(senderOf("x".repeat(10_000)).length).toBeLessThanOrEqual(64);
});
