// The Worker as `wrangler dev` runs it, built anew with each change of its source, in a process of its own. It ends with
// the process that started it, even where that one is killed: the channel between the two closes.

import { unstable_startWorker } from "wrangler";

export interface WorkerSettings {
  port: number;
  /** Null: no debugger can attach. */
  inspectorPort: number | null;
  /** Where Miniflare keeps its state. */
  stateDir: string;
  variables: Record<string, string>;
}

/** What this process tells the one that started it. */
export type WorkerMessage = "ready";

const isAlone = process.send === undefined;
if (isAlone) throw new Error("dev/main.ts starts this file.");

let dispose = async (): Promise<void> => {};
process.on("disconnect", () => void dispose().finally(() => process.exit()));
process.once("message", (settings: WorkerSettings) => void start(settings));

async function start({ port, inspectorPort, stateDir, variables }: WorkerSettings): Promise<void> {
  const worker = await unstable_startWorker({
    config: "wrangler.toml",
    // None: .dev.vars is for `npx wrangler dev`, and may name a database at Neon.
    envFiles: [],
    bindings: Object.fromEntries(
      Object.entries(variables).map(([name, value]) => [name, { type: "secret_text", value }]),
    ),
    dev: {
      server: { hostname: "127.0.0.1", port },
      inspector: inspectorPort === null ? false : { hostname: "127.0.0.1", port: inspectorPort },
      logLevel: "warn",
      persist: stateDir,
      watch: true,
    },
  });
  dispose = async () => await worker.dispose();
  await worker.ready;
  process.send?.("ready" satisfies WorkerMessage);
}
