// What a service that works with the real Zoom must not be configured with: values that everyone can read or guess, and
// ways that others can listen to. With a simulator anything goes.

import { type MasterKey, parseMasterKeys } from "./crypto/keyring.ts";
import { LOOPBACK_HOST } from "./model/loopback.ts";
import { PUBLISHED } from "./model/published-values.ts";

/** 32 printable characters at random have more than 200 bits. */
const MIN_ADMIN_KEY_LENGTH = 32;
const ZOOM_HOST = /(^|\.)(zoom\.us|zoomgov\.com)$/;

/** The values that are looked at, each already of its form. */
export interface JudgedConfig {
  CREDENTIAL_ENCRYPTION_KEYS: readonly MasterKey[];
  ADMIN_API_KEY?: string | undefined;
  ZOOM_OAUTH_BASE_URL: string;
  ZOOM_API_BASE_URL: string;
  DATABASE_FETCH_ENDPOINT?: string | undefined;
  PUBLIC_BASE_URL?: string | undefined;
  ALLOW_INSECURE_WEBHOOK_URLS: "true" | "false";
}

/** What is too weak for the real Zoom: `NAME: why` for each, without its content. Empty with a simulator. */
export function findWeakness(config: JudgedConfig): string[] {
  if (!isRealZoom(config)) return [];
  return [
    ...judgeMasterKeys(config.CREDENTIAL_ENCRYPTION_KEYS),
    ...judgeAdminKey(config.ADMIN_API_KEY),
    ...judgeUrls(config),
    ...(config.ALLOW_INSECURE_WEBHOOK_URLS === "true"
      ? ["ALLOW_INSECURE_WEBHOOK_URLS: must not be true with the real Zoom"]
      : []),
  ];
}

function isRealZoom({ ZOOM_OAUTH_BASE_URL, ZOOM_API_BASE_URL }: JudgedConfig): boolean {
  return [ZOOM_OAUTH_BASE_URL, ZOOM_API_BASE_URL].some((url) => ZOOM_HOST.test(new URL(url).hostname));
}

function judgeMasterKeys(keys: readonly MasterKey[]): string[] {
  const published = parseMasterKeys(PUBLISHED.encryptionKeys).map(({ bytes }) => bytes.toHex());
  return keys.flatMap(({ bytes }, index) => {
    const at = `CREDENTIAL_ENCRYPTION_KEYS: key ${index + 1}`;
    if (published.includes(bytes.toHex())) return [`${at} is the published one of the local stack`];
    if (new Set(bytes).size === 1)
      return [`${at} is one byte, repeated; make it with: openssl rand -base64 32`];
    return [];
  });
}

function judgeAdminKey(key: string | undefined): string[] {
  if (key === PUBLISHED.adminApiKey) return ["ADMIN_API_KEY: is the published one of the local stack"];
  if (key === undefined || key.length >= MIN_ADMIN_KEY_LENGTH) return [];
  return [
    `ADMIN_API_KEY: is shorter than ${MIN_ADMIN_KEY_LENGTH} characters; make it with: openssl rand -hex 32`,
  ];
}

function judgeUrls(config: JudgedConfig): string[] {
  const names = [
    "ZOOM_OAUTH_BASE_URL",
    "ZOOM_API_BASE_URL",
    "PUBLIC_BASE_URL",
    "DATABASE_FETCH_ENDPOINT",
  ] as const;
  return names.flatMap((name) => {
    const url = config[name] === undefined ? undefined : new URL(config[name]);
    if (url?.protocol !== "http:") return [];
    // A database beside the Worker, on a developer's machine.
    if (name === "DATABASE_FETCH_ENDPOINT" && LOOPBACK_HOST.test(url.host)) return [];
    return [`${name}: must be an https URL with the real Zoom`];
  });
}
