// The built Worker in workerd with nothing in between: its requests go out by workerd's own network, which wrangler's
// test harness replaces by Node's. That costs a third of the time, and broken connections are real. It has the queues and
// the cron of wrangler.toml; its assets and its limits where they are asked for.

import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { type Unstable_Config, unstable_readConfig } from "wrangler";

const WRITE_LIMIT = "WRITE_RATE_LIMIT";
const JOURNAL = "TOKEN_JOURNAL";
/** The names of the Workers. */
const MAIN = "main";
const GATE = "gate";

export interface BareWorker {
  url: URL;
  /** Every line that the Worker logged so far. */
  logs(): string[];
  /** Runs what the cron trigger runs. */
  runCron(): Promise<void>;
  /** The bucket of the token journal. Throws where none is bound. */
  journal(): Promise<JournalBucket>;
  /** Whether the queue takes messages. */
  setQueueAway(isAway: boolean): Promise<void>;
  /** Puts a message on a queue that the Worker consumes, as a producer of any release could have. */
  enqueue(queue: string, body: unknown): Promise<void>;
  /** Ends the process at once, as a crash would. Linux only. */
  kill(): void;
  close(): Promise<void>;
}

/** What a test looks at in the bucket, and changes in it. */
export interface JournalBucket {
  list(): Promise<{ key: string; customMetadata: Record<string, string> }[]>;
  get(key: string): Promise<string | null>;
  put(key: string, text: string, customMetadata: Record<string, string>): Promise<void>;
  delete(key: string): Promise<void>;
}

/** How often a minute a rate limiting binding allows a key, or as wrangler.toml says. */
export type RateLimitFigure = number | "deployed";

export interface WorkerOptions {
  /** Whether the bucket of the token journal is bound. It is empty, and Miniflare's. */
  isJournaled?: boolean | undefined;
  /** Whether the static assets are served as they are deployed. Else their files are there, and nothing is told of their types. */
  hasAssets?: boolean | undefined;
  /** Whether the Worker gets the messages of its queues, as by default. Else they are forgotten. */
  isConsumer?: boolean | undefined;
  /** Whether `setQueueAway` works: a Worker of its own then stands before the queue. */
  canQueueFail?: boolean | undefined;
  /** By the names of the bindings. One that is not named is not bound. */
  rateLimits?: Record<string, RateLimitFigure> | undefined;
  /** The same for the limit on writes. */
  writeLimit?: RateLimitFigure | undefined;
}

export async function startBareWorker(
  workerDir: string,
  bindings: Record<string, string>,
  {
    isJournaled = false,
    isConsumer = true,
    hasAssets = false,
    canQueueFail = false,
    rateLimits = {},
    writeLimit,
  }: WorkerOptions = {},
): Promise<BareWorker> {
  const config = unstable_readConfig({ config: "wrangler.toml" });
  const lines: string[] = [];
  const others = findWorkerdChildren();
  const { queueProducers, queueConsumers } = readQueues(config);
  const queueBindings = Object.keys(queueProducers);
  const compatibility = {
    compatibilityDate: config.compatibility_date ?? "",
    compatibilityFlags: config.compatibility_flags,
  };
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      workers: [
        {
          name: MAIN,
          modules: [{ type: "ESModule", path: join(workerDir, "index.js") }],
          ...compatibility,
          bindings,
          ...(isConsumer ? { queueConsumers } : {}),
          queueProducers: { ...(canQueueFail ? {} : queueProducers), ...consumedQueues(queueConsumers) },
          serviceBindings: {
            ...(canQueueFail
              ? Object.fromEntries(queueBindings.map((name) => [name, { name: GATE, entrypoint: name }]))
              : {}),
            ...(hasAssets ? {} : readAssetFiles(config)),
          },
          ...(isJournaled ? { r2Buckets: { [JOURNAL]: "journal" } } : {}),
          ...(hasAssets ? { assets: readAssets(config) } : {}),
          ratelimits: readLimits(config, {
            ...rateLimits,
            ...(writeLimit === undefined ? {} : { [WRITE_LIMIT]: writeLimit }),
          }),
        },
        ...(canQueueFail
          ? [
              {
                name: GATE,
                modules: true as const,
                script: gateScript(queueBindings),
                ...compatibility,
                queueProducers,
              },
            ]
          : []),
      ],
      handleStructuredLogs: ({ message }) => lines.push(message),
    }),
  );
  const url = await miniflare.ready;
  const own = findWorkerdChildren().filter((pid) => !others.includes(pid));
  return {
    url,
    logs: () => lines,
    runCron: async () => {
      const worker = await miniflare.getWorker(MAIN);
      const { outcome } = await worker.scheduled({ cron: "* * * * *" });
      if (outcome !== "ok") throw new Error(`the cron run ended with ${outcome}`);
    },
    journal: async () => toJournalBucket(await miniflare.getR2Bucket(JOURNAL, MAIN)),
    setQueueAway: async (isAway) => {
      const gate = await miniflare.getWorker(GATE);
      await gate.fetch(`http://gate/${isAway ? "away" : "back"}`);
    },
    enqueue: async (queue, body) => {
      await (await miniflare.getQueueProducer(queue)).send(body);
    },
    kill: () => {
      for (const pid of own) process.kill(pid, "SIGKILL");
    },
    close: async () => await miniflare.dispose(),
  };
}

/** Hands messages on to the queues, but for the time in which they are away. */
function gateScript(queues: readonly string[]): string {
  const entrypoints = queues.map(
    (name) => `export class ${name} extends WorkerEntrypoint {
      async send(...args) { await pass(); return await this.env.${name}.send(...args); }
      async sendBatch(...args) { await pass(); return await this.env.${name}.sendBatch(...args); }
    }`,
  );
  return `import { WorkerEntrypoint } from "cloudflare:workers";
    let isAway = false;
    async function pass() { if (isAway) throw new Error("the queue is away"); }
    ${entrypoints.join("\n")}
    export default { fetch(request) { isAway = request.url.endsWith("/away"); return new Response(null, { status: 204 }); } };`;
}

function toJournalBucket(bucket: Awaited<ReturnType<Miniflare["getR2Bucket"]>>): JournalBucket {
  return {
    list: async () => {
      const found: { key: string; customMetadata: Record<string, string> }[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = await bucket.list({ include: ["customMetadata"], ...(cursor ? { cursor } : {}) });
        for (const { key, customMetadata = {} } of page.objects) found.push({ key, customMetadata });
        if (!page.truncated) return found;
        cursor = page.cursor;
      }
    },
    get: async (key) => (await (await bucket.get(key))?.text()) ?? null,
    put: async (key, text, customMetadata) => void (await bucket.put(key, text, { customMetadata })),
    delete: async (key) => await bucket.delete(key),
  };
}

function readQueues({ queues }: Pick<Unstable_Config, "queues">) {
  const queueProducers: Record<string, string> = {};
  for (const { binding, queue } of queues.producers ?? []) queueProducers[binding] = queue as string;
  const queueConsumers: Record<string, object> = {};
  for (const consumer of queues.consumers ?? []) {
    queueConsumers[consumer.queue] = {
      maxBatchSize: consumer.max_batch_size ?? 10,
      maxBatchTimeout: consumer.max_batch_timeout ?? 1,
      maxRetries: consumer.max_retries ?? 3,
      retryDelay: consumer.retry_delay ?? 0,
      ...(consumer.dead_letter_queue ? { deadLetterQueue: consumer.dead_letter_queue } : {}),
    };
  }
  return { queueProducers, queueConsumers };
}

/** A producer for each queue, under its own name: for `enqueue`. The Worker itself has no use for them. */
function consumedQueues(consumers: Record<string, object>): Record<string, string> {
  return Object.fromEntries(Object.keys(consumers).map((queue) => [queue, queue]));
}

/** The Worker's static assets, behind its own binding as wrangler.toml has it. */
function readAssets({ assets }: Pick<Unstable_Config, "assets">) {
  if (!assets?.directory || !assets.binding) throw new Error("wrangler.toml names no assets");
  return {
    directory: resolve(assets.directory),
    binding: assets.binding,
    routerConfig: { has_user_worker: true, invoke_user_worker_ahead_of_assets: true },
    assetConfig: { html_handling: assets.html_handling },
  };
}

/** The same binding with the files alone, which starts faster. */
function readAssetFiles({ assets }: Pick<Unstable_Config, "assets">) {
  const { binding, directory } = readAssets({ assets });
  return { [binding]: { disk: { path: directory, writable: false } } };
}

/** The limits as wrangler.toml has them, but for the figures. */
function readLimits(
  { ratelimits }: Pick<Unstable_Config, "ratelimits">,
  of: Record<string, RateLimitFigure>,
) {
  const limits = Object.entries(of).map(([name, figure]) => {
    const deployed = ratelimits.find((limit: { name: string }) => limit.name === name);
    if (!deployed) throw new Error(`wrangler.toml names no ${name}`);
    const { namespace_id, simple } = deployed;
    return [
      name,
      { namespace_id, simple: { ...simple, ...(figure === "deployed" ? {} : { limit: figure }) } },
    ];
  });
  return Object.fromEntries(limits);
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
