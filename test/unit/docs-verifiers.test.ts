// The webhook verifiers that docs/api-guide.md shows for Node and Python, run as they stand there.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { signDelivery } from "../../src/deliveries/signing.ts";

/** Resolves to what the verifier returned, and rejects with what it threw. */
type Verify = (body: unknown, headers: Record<string, string>, secret: string) => Promise<unknown>;

const SECRET = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_SECRET = "//79/Pv6+fj39vX08/Lx8O/u7ezr6uno5+bl5OPi4eA=";
const BODY = '{"data":{"state":"disconnected"},"idempotency_key":"k","metadata":{"stadt":"Zürich 😀"}}';
const FIVE_MINUTES_MS = 5 * 60_000;

const GUIDE = readFileSync(new URL("../../docs/api-guide.md", import.meta.url), "utf8");

/** Reads requests as lines of JSON, and answers each with a line: what the verifier returned or threw. */
const PYTHON_DRIVER = `
import json, sys

for line in sys.stdin:
    request = json.loads(line)
    body = request["body"].encode() if isinstance(request["body"], str) else request["body"]
    try:
        answer = {"returned": is_webhook_authentic(body, request["headers"], request["secret"])}
    except Exception as error:
        answer = {"thrown": str(error)}
    print(json.dumps(answer), flush=True)
`;

const folder = mkdtempSync(join(tmpdir(), "docs-verifiers-"));
let python: ChildProcess | undefined;
afterAll(() => {
  python?.kill();
  rmSync(folder, { recursive: true, force: true });
});

function snippet(language: string, name: string): string {
  const blocks = [...GUIDE.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const found = blocks.filter(([, tag, text]) => tag === language && text?.includes(`${name}(`));
  expect(found, `${language} blocks with ${name} in docs/api-guide.md`).toHaveLength(1);
  return found[0]?.[2] ?? "";
}

async function loadNodeVerifier(): Promise<Verify> {
  const file = join(folder, "verifier.mjs");
  writeFileSync(file, snippet("js", "isWebhookAuthentic"));
  const { isWebhookAuthentic } = await import(/* @vite-ignore */ pathToFileURL(file).href);
  return async (body, headers, secret) => isWebhookAuthentic(body, headers, secret);
}

/** One process for all requests, since each start of Python takes a while. */
async function loadPythonVerifier(): Promise<Verify> {
  const file = join(folder, "verifier.py");
  writeFileSync(file, snippet("python", "is_webhook_authentic") + PYTHON_DRIVER);
  const child = spawn("python3", [file], { stdio: ["pipe", "pipe", "inherit"] });
  const { stdin, stdout } = child;
  python = child;
  const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return async (body, headers, secret) => {
    stdin.write(`${JSON.stringify({ body, headers, secret })}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error("Python ended; its own message stands above.");
    const answer = JSON.parse(value);
    if ("thrown" in answer) throw new Error(answer.thrown);
    return answer.returned;
  };
}

/** The headers of a delivery, with lower-case names. */
async function sign({ secrets = [SECRET] as [string, ...string[]], ageMs = 0 } = {}) {
  const timestamp = new Date(Date.now() - ageMs);
  const headers = await signDelivery({ secrets, id: "msg_1", timestamp, body: BODY });
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) console.warn("There is no python3: the Python verifier of docs/api-guide.md is NOT tested.");

describe("the webhook verifier for Node", () => describeVerifier(loadNodeVerifier));
describe.skipIf(!hasPython)("the webhook verifier for Python", () => describeVerifier(loadPythonVerifier));

function describeVerifier(load: () => Promise<Verify>): void {
  let verify: Verify;
  beforeAll(async () => {
    verify = await load();
  });

  it("accepts what the service has signed", async () => {
    expect(await verify(BODY, await sign(), SECRET)).toBe(true);
  });

  it("accepts either secret for as long as both sign", async () => {
    const headers = await sign({ secrets: [SECRET, OTHER_SECRET] });
    expect(await verify(BODY, headers, SECRET)).toBe(true);
    expect(await verify(BODY, headers, OTHER_SECRET)).toBe(true);
  });

  it("refuses another secret", async () => {
    expect(await verify(BODY, await sign(), OTHER_SECRET)).toBe(false);
  });

  it.each([
    ["another state", BODY.replace("disconnected", "connected")],
    ["one more space", `${BODY} `],
    ["nothing at all", ""],
  ])("refuses a body with %s", async (_what, body) => {
    expect(await verify(body, await sign(), SECRET)).toBe(false);
  });

  it("refuses a request that is more than five minutes old, or as far ahead", async () => {
    expect(await verify(BODY, await sign({ ageMs: FIVE_MINUTES_MS - 20_000 }), SECRET)).toBe(true);
    expect(await verify(BODY, await sign({ ageMs: FIVE_MINUTES_MS + 2_000 }), SECRET)).toBe(false);
    expect(await verify(BODY, await sign({ ageMs: -FIVE_MINUTES_MS - 20_000 }), SECRET)).toBe(false);
  });

  it.each(["webhook-id", "webhook-timestamp", "webhook-signature"])(
    "refuses a request without the header %s",
    async (name) => {
      const { [name]: _, ...rest } = await sign();
      expect(await verify(BODY, rest, SECRET)).toBe(false);
      expect(await verify(BODY, { ...rest, [name]: "" }, SECRET)).toBe(false);
    },
  );

  it("refuses a request that has the signature over the body alone", async () => {
    const { "x-webhook-signature": signature = "" } = await sign();
    expect(signature).not.toBe("");
    expect(await verify(BODY, { "x-webhook-signature": signature }, SECRET)).toBe(false);
  });

  it.each([
    ["webhook-id", "another id", "msg_2"],
    ["webhook-timestamp", "a word", "now"],
    ["webhook-timestamp", "5,000 digits", "9".repeat(5_000)],
    ["webhook-signature", "nothing behind the version", "v1,"],
    ["webhook-signature", "no base64", "v1,AAAA v1,not-base64!"],
  ])("refuses a request whose %s is %s", async (name, _what, value) => {
    expect(await verify(BODY, { ...(await sign()), [name]: value }, SECRET)).toBe(false);
  });

  it("refuses a signature of another version", async () => {
    const headers = await sign();
    const changed = String(headers["webhook-signature"]).replace("v1,", "v2,");
    expect(await verify(BODY, { ...headers, "webhook-signature": changed }, SECRET)).toBe(false);
  });

  it("throws where the secret is missing or the body was parsed before", async () => {
    const headers = await sign();
    await expect(verify(BODY, headers, "")).rejects.toThrow("The webhook secret is missing.");
    await expect(verify(JSON.parse(BODY), headers, SECRET)).rejects.toThrow();
  });
}
