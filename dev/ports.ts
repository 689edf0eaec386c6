// Ports of this machine's loopback address: which are free, and the one error for one that is not.

import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server } from "node:net";

export const LOOPBACK = "127.0.0.1";

/** A port of 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  return await listenBriefly(0);
}

/** Throws an Error with code `EADDRINUSE` that names the port where something listens on it. */
export async function assertPortFree(port: number): Promise<void> {
  await listenBriefly(port);
}

/** Lets the server listen on 127.0.0.1 and tells its port (0: any). Errors as {@link assertPortFree}. */
export async function listen(server: Server, port: number): Promise<number> {
  try {
    await once(server.listen(port, LOOPBACK), "listening");
  } catch (error) {
    throw hasCode(error, "EADDRINUSE") ? portTaken(port, "by another process") : error;
  }
  return (server.address() as AddressInfo).port;
}

export function portTaken(port: number, by: string): Error {
  return Object.assign(new Error(`Port ${port} is taken ${by}.`), { code: "EADDRINUSE", port });
}

/** Whether anything accepts connections there. */
export async function isListening(port: number): Promise<boolean> {
  if (!(port > 0)) return false;
  const socket = connect(port, LOOPBACK);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

async function listenBriefly(port: number): Promise<number> {
  const server = createServer();
  const taken = await listen(server, port);
  server.close();
  await once(server, "close");
  return taken;
}
