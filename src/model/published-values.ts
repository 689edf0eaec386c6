// Secrets of the local stack that stand in this repository for everyone to read. They are listed here, so that a service
// that works with the real Zoom can refuse them.

export const PUBLISHED = {
  adminApiKey: "local-admin-key",
  /** One master key, as `CREDENTIAL_ENCRYPTION_KEYS` has it. */
  encryptionKeys: `local:${btoa("local development only, 32 bytes")}`,
} as const;
