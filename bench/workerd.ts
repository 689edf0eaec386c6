// workerd alone, without wrangler or miniflare around it: one Worker on one port, what it costs in CPU time and
// memory, and how long it takes to start. Linux only, since the figures come from /proc.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unstable_readConfig } from "wrangler";
import { freePort, isListening, LOOPBACK } from "../dev/ports.ts";

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
/** USER_HZ is 100 on every Linux. */
const MS_PER_TICK = 10;

/** What a built module finds in its environment. */
export interface Environment {
  texts: Record<string, string>;
  /** Where the messages of the queue that wrangler.toml names go; absent: there is none. */
  queueUrl?: string;
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
    cpuMs: () => {
      // proc(5): the fields after the command's name; utime and stime are the 14th and the 15th of all.
      const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ");
      return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    },
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

/** workerd's configuration, in Cap'n Proto's text form. */
function describe(port: number, { texts, queueUrl }: Environment): string {
  const config = unstable_readConfig({ config: "wrangler.toml" });
  const [producer] = config.queues.producers ?? [];
  const bindings = Object.entries(texts).map(
    ([name, text]) => `(name = ${quote(name)}, text = ${quote(text)})`,
  );
  const services = [];
  if (producer && queueUrl) {
    bindings.push(`(name = ${quote(producer.binding)}, queue = "queue")`);
    services.push(`(name = "queue", external = (address = ${quote(new URL(queueUrl).host)}, http = ())),`);
  }
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "worker", worker = .worker),
    ${services.join("\n    ")}
    (name = "internet", network = (allow = ["public", "private", "local"])),
  ],
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
