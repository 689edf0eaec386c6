// A Cloudflare account as the deployment sees it: it remembers what wrangler was told, and may fail at a chosen call. No account
// is asked. What is "deployed" runs for real, in workerd, with the secrets that were stored.

import type { Result, Wrangler } from "../../dev/deploy/wrangler.ts";
import type { BareWorker } from "../../dev/workerd.ts";

export interface Account extends Wrangler {
  /** Every call that changes something, in order, without what came through stdin. */
  changes: string[];
  /** All calls. */
  calls: string[];
  queues: Set<string>;
  buckets: Set<string>;
  /** Null: there is no Worker. */
  secrets: Record<string, string> | null;
  isSignedIn: boolean;
  /** At which call the deployment ends, counted from 1, and whether the call has its effect. */
  breaksAt: { call: number; isEffective: boolean } | null;
  close(): Promise<void>;
}

/** `start` runs the Worker with these secrets. */
export function createAccount(start: (secrets: Record<string, string>) => Promise<BareWorker>): Account {
  let worker: BareWorker | undefined;
  const done = (text = "", targets: string[] = []): Result => ({ isDone: true, text, targets });
  const failed = (text: string): Result => ({ isDone: false, text, targets: [] });

  const answer = async (args: string[], stdin?: string): Promise<Result> => {
    const command = args.join(" ");
    const name = args.at(-1) as string;
    if (command.startsWith("whoami")) return account.isSignedIn ? done() : failed("not signed in");
    if (command.startsWith("queues info"))
      return account.queues.has(name) ? done() : failed("does not exist");
    if (command.startsWith("queues create")) return add(account.queues, args[2] as string);
    if (command.startsWith("r2 bucket info"))
      return account.buckets.has(name) ? done() : failed("does not exist");
    if (command.startsWith("r2 bucket create")) return add(account.buckets, name);
    if (command.startsWith("secret list")) {
      if (account.secrets === null)
        return failed("This Worker does not exist on your account. [code: 10007]");
      return done(
        JSON.stringify(Object.keys(account.secrets).map((key) => ({ name: key, type: "secret_text" }))),
      );
    }
    if (command === "secret bulk") {
      account.secrets = { ...account.secrets, ...JSON.parse(stdin as string) };
      return done();
    }
    if (command !== "deploy") throw new Error(`an unknown call of wrangler: ${command}`);
    await worker?.close();
    worker = await start(account.secrets ?? {});
    return done("", [worker.url.origin]);
  };
  const add = (names: Set<string>, name: string) => {
    if (names.has(name)) throw new Error(`${name} exists already`);
    names.add(name);
    return done();
  };
  const call = async (args: string[], stdin?: string): Promise<Result> => {
    account.calls.push(args.join(" "));
    const isBroken = account.calls.length === account.breaksAt?.call;
    if (isBroken && !account.breaksAt?.isEffective) throw new Error("interrupted");
    const result = await answer(args, stdin);
    if (isBroken) throw new Error("interrupted");
    return result;
  };

  const account: Account = {
    changes: [],
    calls: [],
    queues: new Set(),
    buckets: new Set(),
    secrets: null,
    isSignedIn: true,
    breaksAt: null,
    ask: async (args) => await call(args),
    change: async (args, stdin) => {
      account.changes.push(args.join(" "));
      return await call(args, stdin);
    },
    close: async () => await worker?.close(),
  };
  return account;
}
