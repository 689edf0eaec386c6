// npm run deploy: asks for the owner's connection string, and deploys.

import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { parseArgs } from "node:util";
import { unstable_readConfig } from "wrangler";
import { LOCAL_WORKER_ROLE } from "../worker-role.ts";
import { deployedDatabase, dryDatabase } from "./database.ts";
import { deploy } from "./deploy.ts";
import { dryWrangler, wrangler } from "./wrangler.ts";

const SECRETS_FILE = ".deploy-secrets";

const USAGE = `npm run deploy -- [options]

  --dry-run               shows the steps, and does none of them
  --new-login             makes a new role for the Worker in the database, and stores its connection string; with
                          --database-role, since the running Worker keeps the old one until it has the new one
  --database-role <name>  the Worker's role (default: ${LOCAL_WORKER_ROLE})`;

const values = readArguments();
const isDry = values["dry-run"];
const role = values["database-role"];
const say = (line: string) => console.log(line);

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        help: { type: "boolean", default: false },
        "dry-run": { type: "boolean", default: false },
        "new-login": { type: "boolean", default: false },
        "database-role": { type: "string", default: LOCAL_WORKER_ROLE },
      },
    });
    if (values.help) {
      console.log(USAGE);
      process.exit();
    }
    if (values["new-login"] && values["database-role"] === LOCAL_WORKER_ROLE)
      throw new Error("--new-login needs --database-role with the name of a role that does not exist yet.");
    return values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`);
    process.exit(1);
  }
}

/** From the environment, or from the terminal, which does not show it. */
async function readOwnerUrl(): Promise<string> {
  const { OWNER_DATABASE_URL } = process.env;
  if (OWNER_DATABASE_URL) return OWNER_DATABASE_URL;
  process.stdout.write("Connection string of the database's owner (it is not shown): ");
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  const answer = await terminal.question("");
  terminal.close();
  process.stdout.write("\n");
  return answer.trim();
}

try {
  await deploy({
    wrangler: isDry ? dryWrangler(say) : wrangler,
    database: isDry ? dryDatabase(say, role) : deployedDatabase(await readOwnerUrl(), role),
    config: unstable_readConfig({ config: "wrangler.toml" }),
    secretsFile: SECRETS_FILE,
    isDry,
    isLoginNew: values["new-login"],
    say,
  });
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
