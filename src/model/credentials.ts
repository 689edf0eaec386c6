// A connection's token set: the form in which it is sealed.

import * as z from "zod";

export const credentialsSchema = z.object({
  access_token: z.string(),
  /** When the access token expires, ISO 8601. */
  expires_at: z.string(),
  refresh_token: z.string(),
  scopes: z.array(z.string()),
  /** Where Zoom wants API calls for this user; null: Zoom did not say. */
  api_url: z.string().nullable(),
});

export type Credentials = z.infer<typeof credentialsSchema>;

/** A token set with a usable access token, and the version under which the database has it. */
export interface UsableCredentials {
  connectionId: string;
  credentials: Credentials;
  version: number;
}
