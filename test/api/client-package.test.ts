// The client package, installed from its tarball: small, and the same under each runtime.

import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type InstalledClient, installClient, run } from "../support/client-package.ts";
import { REDIRECT_URI, type Stack, startStack } from "../support/stack.ts";

const MAX_GZIP_KIB = 8;
const MAX_INSTALLED_KIB = 1_000;
const OLDEST_NODE = "v20.";

const oldestNode = await findNode(OLDEST_NODE);
if (!oldestNode) {
  console.warn(`SKIPPED: the client under Node 20. No such Node on the PATH; set NODE_20_PATH to one.`);
}

let stack: Stack;
let client: InstalledClient;

beforeAll(async () => {
  [stack, client] = await Promise.all([startStack(), installClient()]);
  cpSync("test/support/client-consumer.js", join(client.dir, "consumer.js"));
});
afterAll(async () => {
  client?.remove();
  await stack?.close();
});

/** What a consumer needs, with a project of its own. */
async function prepare() {
  const tenant = await stack.createTenant();
  const authorizationCode = await stack.authorize(tenant);
  return { baseUrl: stack.url.href, apiKey: tenant.apiKey, authorizationCode, redirectUri: REDIRECT_URI };
}

function expectItWorked(seen: { createdId: string }): void {
  expect(seen).toEqual({
    createdId: expect.stringMatching(/^zoc_/),
    listed: [seen.createdId],
    tokenType: "bearer",
    failure: [true, 404, "not_found"],
    trigger: "webhook.test",
    refusal: [true, "signature_mismatch"],
  });
}

it.runIf(oldestNode)("works under Node 20", async () =>
  expectItWorked(await useInNode(oldestNode as string)),
);

it("works under the project's Node", async () => expectItWorked(await useInNode(process.execPath)));

it("works in workerd", async () => {
  const input = await prepare();
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: await bundle(`
        import { useClient } from "./consumer.js";
        export default { fetch: async (request) => Response.json(await useClient(await request.json())) };`),
      compatibilityDate: "2026-11-01",
    }),
  );
  try {
    const url = await worker.ready;
    const response = await fetch(url, { method: "POST", body: JSON.stringify(input) });
    expectItWorked((await response.json()) as { createdId: string });
  } finally {
    await worker.dispose();
  }
});

it("brings no other package, and stays small", async () => {
  const minified = await bundle('export * from "zoom-oauth-connections-client";', { minify: true });
  const gzipKib = gzipSync(minified).length / 1024;
  const installedKib = client.installedBytes / 1024;
  console.log(`Client: ${gzipKib.toFixed(1)} KiB gzip, ${installedKib.toFixed(0)} KiB installed`);
  expect(gzipKib).toBeLessThanOrEqual(MAX_GZIP_KIB);
  expect(installedKib).toBeLessThanOrEqual(MAX_INSTALLED_KIB);
  const installed = readdirSync(join(client.dir, "node_modules")).filter((name) => !name.startsWith("."));
  expect(installed).toEqual(["zoom-oauth-connections-client"]);
  const manifest = JSON.parse(
    readFileSync(join(client.dir, "node_modules", installed[0] ?? "", "package.json"), "utf8"),
  );
  expect(manifest.dependencies).toBeUndefined();
});

it.each([
  ["of browsers", { lib: ["es2022", "dom"], types: [] }],
  ["of Workers", { lib: ["es2022"], types: [resolve("node_modules/@cloudflare/workers-types")] }],
])(
  "has types that compile beside those %s, fit its README, and refuse what the API refuses",
  async (_, options) => {
    const examples = readFileSync("client/README.md", "utf8").matchAll(/^```ts\n(.*?)^```$/gms);
    const files = [...examples].map(([, code = ""], index) => {
      writeFileSync(join(client.dir, `example-${index}.ts`), code);
      return `example-${index}.ts`;
    });
    expect(files.length).toBeGreaterThan(4);
    writeFileSync(
      join(client.dir, "use.ts"),
      `import { createClient, verifyWebhook, type ConnectionFailure, type ZoomOAuthConnection } from "zoom-oauth-connections-client";
    const zoom = createClient({ baseUrl: "https://zoom.example.com", apiKey: "key" });
    export async function use(request: Request): Promise<ZoomOAuthConnection[]> {
      const found: ZoomOAuthConnection[] = [];
      for await (const connection of zoom.listZoomOAuthConnections({ metadata: { a: "b" } })) found.push(connection);
      await zoom.syncZoomOAuthConnection({ id: "zoc_1" }, { signal: request.signal, timeoutMs: 1_000 });
      const event = await verifyWebhook(await request.text(), request.headers, "c2VjcmV0");
      if (event.trigger === "zoom_oauth_connection.state_change") {
        const code: ConnectionFailure["code"] | undefined = event.data.connection_failure_data?.code;
        console.log(code, event.zoom_oauth_connection_id);
      }
      // @ts-expect-error: a required field is missing.
      await zoom.createZoomOAuthConnection({ redirect_uri: "https://example.com" });
      // @ts-expect-error: a field that the API does not know.
      await zoom.createZakToken({ id: "zoc_1", meeting: 1 });
      // @ts-expect-error: an id is needed.
      await zoom.getZoomOAuthConnection();
      // @ts-expect-error: no such trigger.
      return event.trigger === "zoom.meeting_started" ? [] : found;
    }`,
    );
    const compilerOptions = { target: "es2022", module: "nodenext", strict: true, noEmit: true, ...options };
    writeFileSync(
      join(client.dir, "tsconfig.json"),
      JSON.stringify({ compilerOptions, files: [...files, "use.ts"] }),
    );
    const { stdout } = await run(resolve("node_modules/.bin/tsc"), ["-p", client.dir]).catch(
      (error) => error,
    );
    expect(stdout).toBe("");
  },
);

async function useInNode(node: string): Promise<{ createdId: string }> {
  const program = `
    import { useClient } from "./consumer.js";
    console.log(JSON.stringify(await useClient(JSON.parse(process.env.INPUT))));`;
  const { stdout } = await run(node, ["--input-type=module", "--eval", program], {
    cwd: client.dir,
    env: { ...process.env, INPUT: JSON.stringify(await prepare()) },
  });
  return JSON.parse(stdout);
}

async function bundle(source: string, { minify = false } = {}): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: client.dir },
    bundle: true,
    format: "esm",
    target: "es2022",
    write: false,
    minify,
  });
  return outputFiles[0]?.text ?? "";
}

/** A Node of this version, wherever the PATH has it; npm puts the project's own before the others. */
async function findNode(version: string): Promise<string | undefined> {
  const folders = (process.env.PATH ?? "").split(delimiter).map((folder) => join(folder, "node"));
  const candidates = [process.env.NODE_20_PATH, ...folders, "/usr/local/bin/node", "/usr/bin/node"];
  for (const candidate of new Set(candidates)) {
    if (!candidate) continue;
    const { stdout = "" } = await run(candidate, ["--version"]).catch(() => ({ stdout: "" }));
    if (stdout.startsWith(version)) return candidate;
  }
  return undefined;
}
