// Where webhooks may be sent, and each spelling of somewhere else that is refused with what to do about it.

import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { describe, expect, it } from "vitest";
import { checkWebhookUrl } from "../../src/deliveries/url-safety.ts";

const LABEL_63 = "a".repeat(63);

const ALLOWED = [
  "https://example.com",
  "https://example.com/",
  "https://hooks.example.com/zoom?tenant=1&x=%20",
  "https://hooks.customer.example/zoom",
  "HTTPS://Hooks.Example.COM/Zoom",
  "https://example.com:443/zoom",
  "https://a.b.c.d.e.example.com/",
  "https://1.example.com/",
  "https://123456.example.com/",
  "https://0x7f.example.com/",
  "https://3com.com/",
  "https://127.com/",
  "https://x--y.example.com/",
  "https://r3---sn-4g5e6n7k.example.com/",
  "https://xn--bcher-kva.example/",
  "https://xn--fa-hia.example/",
  "https://xn--mgba3gch31f060k.example/",
  "https://xn--i-7iq.ws/",
  "https://xn--80akhbyknj4f.xn--p1ai/",
  "https://8.8.8.8.example.com/",
  "https://54-1-2-3.example.com/",
  "https://v10-2-0-1.example.com/",
  "https://999-1-1-1.example.com/",
  "https://localhost.example.com/",
  "https://internal.example.com/",
  "https://kubernetes.default.svc.example.com/",
  "https://default.example.com/",
  "https://mysvc.com/",
  "https://home.arpa.example.com/",
  "https://hooks.example/",
  "https://hooks.domains/",
  "https://notlocalhost.com/",
  "https://mynip.io/",
  "https://webhook.site/4c9a1b5e",
  "https://abc123.ngrok-free.app/hook",
  "https://machine.tailnet.ts.net/hook",
  "https://example.com/日本語?q=ü",
  "https://example.com/a@b:c",
  "https://example.com/?url=http://127.0.0.1/",
  "https://example.com/..%2f..%5c",
  `https://${LABEL_63}.example.com/`,
  `https://${`${LABEL_63}.`.repeat(3)}${"a".repeat(57)}.com/`,
  `https://example.com/${"a".repeat(2048 - "https://example.com/".length)}`,
];

const REFUSED: Record<string, { says: string; urls: string[] }> = {
  "an address": {
    says: "an IP address is not accepted in any spelling",
    urls: [
      "https://127.0.0.1/",
      "https://127.0.0.1:443/",
      "https://10.0.0.1/",
      "https://172.16.0.1/",
      "https://192.168.1.1/",
      "https://169.254.169.254/latest/meta-data/",
      "https://100.64.0.1/",
      "https://0.0.0.0/",
      "https://255.255.255.255/",
      "https://8.8.8.8/",
      "https://2130706433/",
      "https://0/",
      "https://4294967296/",
      "https://99999999999999999999/",
      "https://017700000001/",
      "https://0177.0.0.1/",
      "https://0177.0000.0000.0001/",
      "https://00000177.0.0.1/",
      "https://0x7f000001/",
      "https://0X7F000001/",
      "https://0x7f.0x0.0x0.0x1/",
      "https://0x7f.1/",
      "https://0x/",
      "https://127.1/",
      "https://127.0.1/",
      "https://10.1/",
      "https://127.0.0x1/",
      "https://127.00.00.01/",
      "https://256.256.256.256/",
      "https://1.2.3.4.5/",
      "https://127.0.0.1.1/",
      "https://example.123/",
      "https://example.0x1f/",
      "https://[::1]/",
      "https://[::]/",
      "https://[0:0:0:0:0:0:0:1]/",
      "https://[0000::0001]/",
      "https://[::ffff:127.0.0.1]/",
      "https://[::ffff:7f00:1]/",
      "https://[::FFFF:169.254.169.254]/",
      "https://[::127.0.0.1]/",
      "https://[64:ff9b::7f00:1]/",
      "https://[2002:7f00:1::]/",
      "https://[fe80::1]/",
      "https://[fe80::1%25eth0]/",
      "https://[fe80::1%eth0]/",
      "https://[fd00:ec2::254]/",
      "https://[2606:4700:4700::1111]/",
      "https://[127.0.0.1]/",
      "https://[example.com]/",
      "https://[]/",
    ],
  },
  "a host of characters beyond ASCII": {
    says: "in its punycode form",
    urls: [
      "https://１２７.0.0.1/",
      "https://①②⑦.⓪.⓪.①/",
      "https://１２７。０。０。１/",
      "https://0ｘ7f.1/",
      "https://127。0。0。1/",
      "https://127｡1/",
      "https://127．1/",
      "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
      "https://ｌｏｃａｌｈｏｓｔ/",
      "https://𝓁𝑜𝒸𝒶𝓁𝒽𝑜𝓈𝓉/",
      "https://localho\u017ft/",
      "https://example.\u{212a}om/",
      "https://bücher.example/",
      "https://example。com/",
      "https://example.com．/",
      "https://ex\u2488com/",
      "https://example.com\uff0fevil.example/",
      "https://example.com：443/",
      "https://[：：１]/",
      "https://nip。io/",
    ],
  },
  "a host that is percent-encoded": {
    says: "without percent-encoding",
    urls: [
      "https://%31%32%37.0.0.1/",
      "https://127%2e0%2e0%2e1/",
      "https://%6c%6f%63%61%6c%68%6f%73%74/",
      "https://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1/",
      "https://127%E3%80%820%E3%80%820%E3%80%821/",
      "https://ex%61mple.com/",
      "https://example.com%00.evil.example/",
      "https://example.com%2f.evil.example/",
      "https://fe80%3a%3a1/",
    ],
  },
  "punycode of something else": {
    says: "not the punycode form of a name",
    urls: [
      "https://xn--8g7ccp.xn--7g7c.xn--7g7c.xn--8g7c/",
      "https://xn--ocalhost-in2e/",
      "https://xn--ocalhost-6h39b.com/",
      "https://xn--ocal-kb8a.example/",
      "https://printer.xn--local-3ha/",
      "https://xn--a.com/",
      "https://xn--99999999999999999999999999999.com/",
      `https://xn--${"9".repeat(59)}.com/`,
    ],
  },
  "a name that is reserved: RFC 6761, 6762, 7686, 8375 and 9476, and ICANN's resolutions": {
    says: "reserved for internal use",
    urls: [
      "https://localhost/",
      "https://LOCALHOST/",
      "https://localhost:443/",
      "https://app.localhost/",
      "https://localhost.localdomain/",
      "https://printer.local/",
      "https://kubernetes.default.svc.cluster.local/",
      "https://metadata.google.internal/computeMetadata/v1/",
      "https://ip-10-0-0-1.ec2.internal/",
      "https://host.docker.internal/",
      "https://wiki.intranet/",
      "https://router.lan/",
      "https://nas.home/",
      "https://nas.home.arpa/",
      "https://1.0.0.127.in-addr.arpa/",
      "https://dc1.corp/",
      "https://vault.private/",
      "https://mx.mail/",
      "https://facebookcorewwwi.onion/",
      "https://name.alt/",
      "https://hooks.test/",
      "https://hooks.invalid/",
      "https://internal/",
      "https://instance-1.c.my-project.internal/",
      "https://WIKI.Corp/",
      "https://a.b.c.home.arpa/",
      "https://arpa/",
      "https://8.e.f.ip6.arpa/",
      "https://xn--bcher-kva.local/",
    ],
  },
  "a name of a cluster": {
    says: "reserved for internal use",
    urls: [
      "https://kubernetes.default.svc/",
      "https://kubernetes.default.svc/api/v1/secrets",
      "https://kubernetes.default/",
      "https://Kubernetes.Default.SVC:443/",
      "https://api.payments.svc/",
      "https://kubernetes.default.svc.cluster/",
      "https://10-244-1-7.payments.pod/",
      "https://svc/",
      "https://vault.service.consul/",
      "https://vault.service.dc1.consul/",
      "https://web.docker/",
    ],
  },
  "a name that networks use inside": {
    says: "reserved for internal use",
    urls: [
      "https://dc1.localdomain/",
      "https://router.belkin/",
      "https://laptop.dhcp/",
      "https://nas.dlink/",
      "https://dc1.domain/",
      "https://modem.gateway/",
      "https://wiki.intra/",
      "https://dc1.priv/",
      "https://my.router/",
      "https://pc.workgroup/",
    ],
  },
  "a name of loopback or of the address that it spells": {
    says: "resolves to a loopback or private address",
    urls: [
      "https://localtest.me/",
      "https://anything.LocalTest.me/",
      "https://lvh.me/",
      "https://app.vcap.me/",
      "https://lacolhost.com/",
      "https://fuf.me/",
      "https://app.ddev.site/",
      "https://app.lndo.site/",
      "https://app.localdev.me/",
      "https://app.lcl.host/",
      "https://127.0.0.1.nip.io/",
      "https://app-7f000001.nip.io/",
      "https://169-254-169-254.sslip.io/",
      "https://a--1.sslip.io/",
      "https://10.0.0.1.xip.io/",
      "https://10-0-0-1.traefik.me/",
      "https://10-0-0-1.backname.io/",
      "https://10-0-0-1.my.local-ip.sh/",
      "https://192-168-1-2.0123456789abcdef.plex.direct/",
      "https://7f000001.c0a80001.rbndr.us/",
      "https://make-127-0-0-1-rr.1u.ms/",
      "https://spoofed.burpcollaborator.net/",
      "https://localhost.localstack.cloud/",
      "https://app.local.gd/",
      "https://127.0.0.1.example.com/",
      "https://app.10.0.0.1.example.com/",
      "https://127-0-0-1.example.com/",
      "https://192-168-1-1.app.example.com/",
      "https://169-254-169-254.example.com/",
    ],
  },
  "a user or a password": {
    says: "Must not contain a user name",
    urls: [
      "https://user:password@example.com/",
      "https://user@example.com/",
      "https://@example.com/",
      "https://:@example.com/",
      "https://example.com@127.0.0.1/",
      "https://example.com:443@localhost/",
      "https://exämple@example.com/",
    ],
  },
  "a port of its own": {
    says: "Must use the standard port",
    urls: [
      "https://example.com:80/",
      "https://example.com:8443/",
      "https://example.com:22/",
      "https://example.com:0/",
      "https://example.com:0443/",
      "https://example.com:65979/",
    ],
  },
  "a fragment": {
    says: "Must not contain a fragment",
    urls: ["https://example.com/#a", "https://example.com/#", "https://example.com#@127.0.0.1/"],
  },
  "another scheme or none": {
    says: "starts with https://",
    urls: [
      "",
      "example.com",
      "//example.com/",
      "/hooks",
      "http://example.com/",
      "HTTP://example.com/",
      "ftp://example.com/",
      "file:///etc/passwd",
      "gopher://example.com/",
      "ws://example.com/",
      "javascript:alert(1)",
      "data:text/plain,x",
      "blob:https://example.com/1",
      "https:example.com",
      "https:/example.com",
      "http\u{17f}://example.com/",
    ],
  },
  "characters that readers disagree about": {
    says: "Must not contain spaces",
    urls: [
      " https://example.com/",
      "https://example.com/ ",
      "https://example.com/a b",
      "https://exa\nmple.com/",
      "https://127.0\t.0.1/",
      "https://example.com/\r\nX-Injected: 1",
      "https://example.com\0.evil.example/",
      "https://example.com\\@127.0.0.1/",
      "https:\\\\example.com/",
      "https://example.com/a\\b",
      "https://local\u00adhost/",
      "https://local\u200bhost/",
      "https://\u202eexample.com/",
      "https://example.com/\ud800",
      "\ufeffhttps://example.com/",
      "https://example.com/\u00a0",
    ],
  },
  "a dot at the end": {
    says: "Must not end the host name with a dot",
    urls: ["https://example.com./", "https://localhost./", "https://127.0.0.1./", "https://example.com../"],
  },
  "what no name looks like": {
    says: "letters, digits and inner hyphens",
    urls: [
      "https://my_app.example.com/",
      "https://_dmarc.example.com/",
      "https://a..example.com/",
      "https://.example.com/",
      "https://-a.example.com/",
      "https://a-.example.com/",
      "https://ex!ample.com/",
      "https://*.example.com/",
      "https://(example).com/",
      "https://example.com;evil.example/",
      "https://xn--localhost-/",
      "https://xn--.com/",
      `https://${LABEL_63}a.example.com/`,
      `https://${`${LABEL_63}.`.repeat(3)}${"a".repeat(58)}.com/`,
    ],
  },
  "a name of one label": {
    says: "by its full public DNS name",
    urls: ["https://intranet1/", "https://db/", "https://com/", "https://xn--p1ai/"],
  },
  "a top-level domain that cannot be": {
    says: "under a public top-level domain",
    urls: ["https://example.c0m/", "https://example.a-b/", "https://example.1a/", "https://example.c/"],
  },
  "no host or a broken port": {
    says: "Must have a host, and no port or a port in digits",
    urls: [
      "https://",
      "https:///",
      "https:///example.com/",
      "https://:443/",
      "https://?q",
      "https://example.com:/",
      "https://example.com:x/",
      "https://example.com:443:443/",
      "https://::1/",
      "https://[::1/",
      "https://[::1]x/",
    ],
  },
  "too much": { says: "at most 2048 characters", urls: [`https://example.com/${"a".repeat(2029)}`] },
};

function check(text: string, isInsecureAllowed = false) {
  return checkWebhookUrl(text, { isInsecureAllowed });
}

it.each(ALLOWED)("allows %s", (text) => {
  for (const isInsecureAllowed of [false, true]) {
    expect(check(text, isInsecureAllowed)).toEqual({ url: new URL(text) });
  }
});

describe.each(Object.entries(REFUSED))("refuses %s", (_kind, { says, urls }) => {
  it.each(urls)("%j", (text) => {
    expect(check(text)).toEqual({ problem: expect.stringMatching(/^Must (?:not )?[^\n]{20,}\.$/) });
    expect(check(text)).toEqual({ problem: expect.stringContaining(says) });
  });
});

describe("for local work", () => {
  it.each([
    "http://localhost/",
    "http://localhost:3000/hook",
    "https://localhost:8443/hook",
    "HTTP://LocalHost:3000/",
    "http://app.localhost:8080/",
    "http://127.0.0.1:8787/",
    "http://127.255.255.254/",
    "https://127.0.0.1/",
    "http://[::1]:3000/",
    "http://example.com/",
    "http://example.com:80/",
    "http://example.com:443/",
  ])("allows %s", (text) => expect(check(text, true)).toEqual({ url: new URL(text) }));

  it.each([
    ["http://10.0.0.1/", "IP address"],
    ["http://192.168.1.10:3000/", "IP address"],
    ["http://169.254.169.254/", "IP address"],
    ["http://0.0.0.0:3000/", "IP address"],
    ["http://127.1/", "IP address"],
    ["http://2130706433/", "IP address"],
    ["http://0177.0.0.1/", "IP address"],
    ["http://0x7f.0.0.1/", "IP address"],
    ["http://127.0.0.256/", "IP address"],
    ["http://[0:0:0:0:0:0:0:1]/", "IP address"],
    ["http://[::ffff:127.0.0.1]/", "IP address"],
    ["http://[::]:3000/", "IP address"],
    ["http://localhost./", "with a dot"],
    ["http://a_b.localhost/", "inner hyphens"],
    ["http://.localhost/", "inner hyphens"],
    ["http://ⓛocalhost/", "punycode"],
    ["http://xn--ocalhost-in2e/", "punycode"],
    ["http://%6cocalhost/", "percent-encoding"],
    ["http://user@localhost:3000/", "user name"],
    ["http://localhost:3000/#a", "fragment"],
    ["http://localhost:65536/", "a port"],
    ["http://localtest.me/", "loopback or private"],
    ["http://printer.local/", "internal"],
    ["http://web:3000/", "full public DNS name"],
    ["http://example.com:8080/", "standard port"],
    ["https://example.com:80/", "standard port"],
    ["ftp://localhost/", "https:// or http://"],
    ["localhost:3000", "https:// or http://"],
  ])("refuses %s", (text, says) => {
    expect(check(text, true)).toEqual({ problem: expect.stringContaining(says) });
  });

  it.each(
    Object.values(REFUSED)
      .flatMap(({ urls }) => urls)
      .filter((text) => !/^(?:http:|https:\/\/(?:(?:app\.)?localhost|127\.0\.0\.1|\[::1\])[:/])/i.test(text)),
  )("still refuses %j", (text) => expect(check(text, true)).toHaveProperty("problem"));
});

/** Arbitrary text and text put together from the parts that matter, so that many of them are accepted. */
const urlText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc
    .tuple(
      fc.constantFrom("https://", "https://", "https://", "http://", "https:", "HTTPS://"),
      fc.array(
        fc.oneof(
          fc.domain(),
          fc.ipV4Extended(),
          fc.ipV6().map((address) => `[${address}]`),
          fc.string({ maxLength: 3 }),
          fc.constantFrom(
            ".",
            "127",
            "0x7f",
            "xn--",
            "-",
            "１",
            "。",
            "localhost",
            "com",
            "%2e",
            "@",
            ":443",
          ),
        ),
        { minLength: 1, maxLength: 4 },
      ),
      fc.constantFrom("", "/", ":443/", ":80", "/?a", "#", "./"),
    )
    .map(([scheme, host, rest]) => scheme + host.join("") + rest),
);

describe("whatever the text", () => {
  it("never throws, and accepts only a public name over https without port and credentials", () => {
    let accepted = 0;
    fc.assert(
      fc.property(urlText, (text) => {
        const checked = check(text);
        if ("problem" in checked) {
          expect(checked.problem).toMatch(/^Must .+\.$/);
          return;
        }
        const { protocol, port, username, password, hostname } = checked.url;
        expect({ protocol, port, username, password }).toEqual({
          protocol: "https:",
          port: "",
          username: "",
          password: "",
        });
        expect(ipaddr.isValid(hostname.replaceAll(/[[\]]/g, ""))).toBe(false);
        accepted++;
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(20);
  });

  it("accepts an international name as URL encodes it", () => {
    const encode = (name: string) => {
      const url = `https://${name}.example/`;
      return URL.canParse(url) ? new URL(url).hostname : "";
    };
    const encodedName = fc
      .string({ unit: "binary", minLength: 1, maxLength: 12 })
      .map(encode)
      .filter((hostname) => /^xn--[a-z0-9-]{0,58}[a-z0-9]\.example$/.test(hostname));
    const isAccepted = (hostname: string) => "url" in check(`https://${hostname}/`);
    fc.assert(fc.property(encodedName, isAccepted), { numRuns: 2000 });
  });
});
