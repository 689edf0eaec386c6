// The callers of abuse.ts, in a process of their own, so that their own work disturbs the measurement least.

import { Agent, request } from "node:http";
import { CONNECTIONS } from "./routes.ts";

const [url = "", callers = "", parameters = ""] = process.argv.slice(2);
const search = Array.from({ length: Number(parameters) }, (_, index) => `metadata[k${index}]=v`).join("&");
const target = new URL(`${CONNECTIONS}?${search}`, url);
const agent = new Agent({ keepAlive: true });

let isOn = false;
let refused = 0;

process.on("message", (message) => {
  isOn = message === "begin";
  if (!isOn) process.send?.(refused);
  else for (let caller = 1; caller <= Number(callers); caller++) call(`198.51.100.${caller}`);
});

/** One request after the other, as long as it is on. */
function call(address: string): void {
  if (!isOn) return;
  const headers = { Authorization: "Token any-wrong-key", "CF-Connecting-IP": address };
  const sent = request(target, { agent, headers }, (response) => {
    response.resume();
    response.on("end", () => {
      if (response.statusCode !== 401 && response.statusCode !== 429)
        throw new Error(`answered ${response.statusCode}`);
      refused++;
      call(address);
    });
  });
  sent.on("error", () => call(address));
  sent.end();
}
