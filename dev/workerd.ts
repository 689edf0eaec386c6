// The built Worker in workerd with nothing in between: its requests go out by workerd's own network, which
// wrangler's test harness replaces by Node's. For tests of broken connections, and for figures.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_readConfig } from "wrangler";

export interface BareWorker {
  url: URL;
  /** Every line that the Worker logged so far. */
  logs(): string[];
  /** Ends the process at once, as a crash would. Linux only. */
  kill(): void;
  close(): Promise<void>;
}

export async function startBareWorker(
  workerDir: string,
  bindings: Record<string, string>,
): Promise<BareWorker> {
  const config = unstable_readConfig({ config: "wrangler.toml" });
  const consumer = config.queues.consumers?.[0];
  const producer = config.queues.producers?.[0];
  if (!consumer || !producer) throw new Error("wrangler.toml names no queue");
  const lines: string[] = [];
  const others = findWorkerdChildren();
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: [{ type: "ESModule", path: join(workerDir, "index.js") }],
      compatibilityDate: config.compatibility_date ?? "",
      compatibilityFlags: config.compatibility_flags,
      bindings,
      queueProducers: { [producer.binding]: producer.queue },
      queueConsumers: {
        [consumer.queue]: {
          maxBatchSize: consumer.max_batch_size ?? 10,
          maxBatchTimeout: consumer.max_batch_timeout ?? 1,
          maxRetries: consumer.max_retries ?? 3,
        },
      },
      handleStructuredLogs: ({ message }) => lines.push(message),
    }),
  );
  const url = await miniflare.ready;
  const own = findWorkerdChildren().filter((pid) => !others.includes(pid));
  return {
    url,
    logs: () => lines,
    kill: () => {
      for (const pid of own) process.kill(pid, "SIGKILL");
    },
    close: async () => await miniflare.dispose(),
  };
}

/** Processes that this one has started and that are workerd's, by /proc. */
function findWorkerdChildren(): number[] {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const [, command, parent] =
          /^\d+ \((.*)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
        return command === "workerd" && Number(parent) === process.pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}
