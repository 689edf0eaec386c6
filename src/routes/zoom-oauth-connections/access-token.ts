import * as z from "zod";
import { fromIsoMilliseconds, givenId } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { getCredentials } from "../../connections/access-token.ts";
import { timestamp } from "../../model/fields.ts";
import { TOKEN_ERRORS } from "./token.ts";

const DEFAULT_MIN_TTL_SECONDS = 300;
const MAX_MIN_TTL_SECONDS = 3000;

const accessToken = z
  .strictObject({
    access_token: z.string().meta({ description: "Zoom's bearer token for calls to Zoom's API." }),
    token_type: z.literal("bearer"),
    expires_at: timestamp.meta({ description: "When the token expires. ISO 8601, UTC." }),
    scopes: z.array(z.string()).meta({ description: "The scopes that the user granted." }),
    api_url: z.url().meta({
      description: "Where to send this user's calls to Zoom's API, as Zoom itself answered.",
      examples: ["https://api.zoom.us"],
    }),
  })
  .meta({ id: "AccessToken" });

export const createAccessToken = defineOperation({
  operationId: "createAccessToken",
  method: "post",
  path: "/api/v1/zoom_oauth_connections/{id}/access_token",
  tag: "Tokens",
  summary: "Get an access token",
  description:
    "Returns the stored access token if it is valid for at least `min_ttl_seconds` more. Otherwise the connection is refreshed at Zoom, and the new token is returned however long it is valid. Many requests at once share one refresh.",
  security: "api_key",
  scope: "tokens:access",
  isRead: true,
  // A token that nobody received expires unused.
  isIdempotent: true,
  params: z.object({ id: givenId("zoc", "ID of the connection.") }),
  body: z
    .strictObject({
      min_ttl_seconds: z
        .int()
        .min(0)
        .max(MAX_MIN_TTL_SECONDS)
        .default(DEFAULT_MIN_TTL_SECONDS)
        .meta({
          description: `For how many seconds the token must still be valid, 0 to ${MAX_MIN_TTL_SECONDS}. Default: ${DEFAULT_MIN_TTL_SECONDS}.`,
        }),
    })
    .meta({ id: "AccessTokenRequest" }),
  status: 200,
  answer: accessToken,
  errors: TOKEN_ERRORS,
  handle: async (scope, { params, body }) => {
    const { credentials } = await getCredentials(scope, {
      id: params.id,
      minTtlMs: body.min_ttl_seconds * 1000,
      issuedAs: "access_token",
    });
    return {
      access_token: credentials.access_token,
      token_type: "bearer" as const,
      expires_at: fromIsoMilliseconds(credentials.expires_at),
      scopes: credentials.scopes,
      api_url: scope.zoom.apiOriginFor(credentials.api_url),
    };
  },
});
