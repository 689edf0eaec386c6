// workerd alone, without wrangler or miniflare around it: one Worker on one port, what it costs in CPU time and
// memory, and how long it takes to start. Linux only, since the figures come from /proc.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { unstable_readConfig } from "wrangler";
import { freePort, isListening, LOOPBACK } from "../dev/ports.ts";
import { cpuMsOf } from "./processor-time.ts";

export interface Workerd {
  url: string;
  /** CPU time that the process has used so far, of all its threads, in milliseconds. */
  cpuMs(): number;
  /** Resident memory, in MiB. */
  rssMiB(): number;
  close(): Promise<void>;
}

const READY_POLL_MS = 2;
const KIB_PER_MIB = 1024;

/** What a built module finds in its environment. */
export interface Environment {
  texts: Record<string, string>;
  /** Where the messages of all queues that wrangler.toml names go; absent: there are none. */
  queueUrl?: string;
  /** The bucket of the token journal; absent: there is no journal. */
  bucketUrl?: string;
  /** How often each rate limiting binding allows a key, by the binding's name. One that is not named is not bound. */
  limits?: Record<string, number>;
}

/** Starts a built module in its environment. */
export async function startWorkerd(file: string, environment: Environment): Promise<Workerd> {
  const dir = mkdtempSync(join(tmpdir(), "zoom-oauth-connections-workerd-"));
  const port = await freePort();
  writeFileSync(join(dir, "worker.js"), readFileSync(file));
  writeFileSync(join(dir, "config.capnp"), describe(port, environment));
  const process_ = spawn(workerdBinary(), ["serve", "--experimental", join(dir, "config.capnp")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  process_.stderr.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4_000);
  });
  const ended = once(process_, "exit");
  while (!(await isListening(port))) {
    if (process_.exitCode !== null) throw new Error(`workerd ended: ${errors}`);
    await new Promise((done) => setTimeout(done, READY_POLL_MS));
  }
  const { pid } = process_;
  return {
    url: `http://${LOOPBACK}:${port}`,
    cpuMs: () => cpuMsOf(pid as number),
    rssMiB: () => {
      const [, kib] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
      return Number(kib) / KIB_PER_MIB;
    },
    close: async () => {
      process_.kill("SIGKILL");
      await ended;
      rmSync(dir, { recursive: true });
    },
  };
}

function workerdBinary(): string {
  // Wrangler's own version, whatever else is installed.
  const require = createRequire(createRequire(import.meta.url).resolve("miniflare"));
  return (require("workerd") as { default: string }).default;
}

/** What a rate limiting binding does, without an end of the minute. */
const LIMITER = `export default ({ limit }) => {
  const counts = new Map();
  return {
    limit: async ({ key }) => {
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return { success: count <= limit };
    },
  };
};`;

/** workerd's configuration, in Cap'n Proto's text form. */
function describe(port: number, { texts, queueUrl, bucketUrl, limits = {} }: Environment): string {
  const config = unstable_readConfig({ config: "wrangler.toml" });
  const bindings = Object.entries(texts).map(
    ([name, text]) => `(name = ${quote(name)}, text = ${quote(text)})`,
  );
  for (const [name, limit] of Object.entries(limits)) {
    const inner = `[(name = "limit", json = "${limit}")]`;
    bindings.push(
      `(name = ${quote(name)}, wrapped = (moduleName = "bench:limit", innerBindings = ${inner}))`,
    );
  }
  const services = [`(name = "assets", disk = ${quote(resolve(config.assets?.directory ?? "assets"))}),`];
  bindings.push(`(name = ${quote(config.assets?.binding ?? "ASSETS")}, service = "assets")`);
  if (queueUrl) {
    for (const { binding } of config.queues.producers ?? []) {
      bindings.push(`(name = ${quote(binding)}, queue = "queue")`);
    }
    services.push(`(name = "queue", external = (address = ${quote(new URL(queueUrl).host)}, http = ())),`);
  }
  if (bucketUrl) {
    bindings.push(`(name = "TOKEN_JOURNAL", r2Bucket = "bucket")`);
    services.push(`(name = "bucket", external = (address = ${quote(new URL(bucketUrl).host)}, http = ())),`);
  }
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    ${services.join("\n    ")}
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
  extensions = [(modules = [(name = "bench:limit", internal = true, esModule = ${quote(LIMITER)})])],
  sockets = [(name = "http", address = "${LOOPBACK}:${port}", http = (), service = "worker")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed "worker.js")],
  compatibilityDate = ${quote(config.compatibility_date ?? "")},
  compatibilityFlags = [${config.compatibility_flags.map(quote).join(", ")}],
  bindings = [${bindings.join(", ")}],
);
`;
}

/** Cap'n Proto's strings are C's, of which JSON's are a part. */
function quote(text: string): string {
  return JSON.stringify(text);
}
