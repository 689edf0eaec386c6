// The client as its users have it: built, packed, and installed from the tarball into a project of its own.

import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { promisify } from "node:util";

export const run = promisify(execFile);

const CLIENT = resolve("client");
/** tsc of the project builds the package, whoever runs the tests. */
const ENVIRONMENT = {
  ...process.env,
  PATH: `${resolve("node_modules/.bin")}${delimiter}${process.env.PATH}`,
};

export interface InstalledClient {
  /** The project that has installed it. */
  dir: string;
  installedBytes: number;
  remove(): void;
}

/** Works beside others that do the same. Asks no registry for anything. */
export async function installClient(): Promise<InstalledClient> {
  const root = mkdtempSync(join(tmpdir(), "zoom-oauth-connections-client-"));
  const source = join(root, "client");
  const dir = join(root, "project");
  for (const name of ["package.json", "tsconfig.json", "README.md", "src"]) {
    cpSync(join(CLIENT, name), join(source, name), { recursive: true });
  }
  const npm = async (cwd: string, ...args: string[]) =>
    (await run("npm", [...args, "--no-audit", "--no-fund", "--offline"], { cwd, env: ENVIRONMENT })).stdout;
  await npm(source, "pack");
  const tarball = readdirSync(source).find((name) => name.endsWith(".tgz"));
  if (tarball === undefined) throw new Error("npm pack made no tarball");
  cpSync(join(source, tarball), join(dir, tarball));
  writeFileSync(join(dir, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await npm(dir, "install", `./${tarball}`);
  return {
    dir,
    installedBytes: sizeOf(join(dir, "node_modules")),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function sizeOf(path: string): number {
  const files = readdirSync(path, { recursive: true }).map((name) => statSync(join(path, String(name))));
  return files.filter((file) => file.isFile()).reduce((sum, { size }) => sum + size, 0);
}
