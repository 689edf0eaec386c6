// The URL of a service that a command sends keys or tokens to.

import { LOOPBACK_HOST } from "../src/model/loopback.ts";

/** Without a slash at its end. Throws where what is sent there would travel in the clear: only this machine may be asked over http. */
export function readServiceUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLoopback = url !== null && LOOPBACK_HOST.test(url.host);
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback))
    return text.replace(/\/+$/, "");
  throw new Error(`${text} is no https URL.`);
}
