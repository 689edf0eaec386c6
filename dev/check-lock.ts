// Checks that an install brings what was reviewed and nothing else: every package of the lock by its hash and from the
// registry, and install scripts of those packages alone that package.json allows. npm before version 11 runs every
// script, so one that must not run may not be in the lock at all.

import { readFileSync } from "node:fs";

interface LockedPackage {
  name?: string;
  integrity?: string;
  resolved?: string;
  link?: boolean;
  hasInstallScript?: boolean;
}

const { packages } = readJson<{ packages: Record<string, LockedPackage> }>("package-lock.json");
const { allowScripts } = readJson<{ allowScripts: Record<string, boolean> }>("package.json");

const faults = Object.entries(packages)
  .filter(([path, { link }]) => path.includes("node_modules/") && !link)
  .flatMap(([path, locked]) => {
    const name = locked.name ?? path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const isHashed = locked.integrity?.startsWith("sha512-") === true;
    const isScriptAllowed = !locked.hasInstallScript || allowScripts[name] === true;
    return [
      // npm writes none for a platform's package that was not installed when its metadata came from a cache.
      ...(isHashed
        ? []
        : [`${path} has no SHA-512. Delete its entry and run: npm install --package-lock-only`]),
      ...(locked.resolved === undefined ? [] : [`${path} names where it comes from: ${locked.resolved}`]),
      ...(isScriptAllowed ? [] : [`${path} has an install script that package.json does not allow.`]),
    ];
  });
const links = Object.entries(packages).filter(([, { link }]) => link);
for (const [path, { resolved = "" }] of links) {
  if (packages[resolved] === undefined) faults.push(`${path} leads out of the project: ${resolved}`);
}

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exitCode = 1;
else console.log(`Lock: ${Object.keys(packages).length - 1} packages, each by its hash.`);

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, "utf8"));
}
