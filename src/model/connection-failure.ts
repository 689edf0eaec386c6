// Why a connection is disconnected, and what helps: every reason, once.

import * as z from "zod";
import { timestamp } from "./fields.ts";

/** What a product can do about a connection that has ended. */
const ACTIONS = {
  reconnect: "Send the user through Zoom's consent page again.",
  ask_admin: "An administrator of the Zoom account must change something first. Then reconnect.",
  fix_app: "Mend the app on the Zoom Marketplace first. Then reconnect.",
  none: "There is nothing to do at Zoom. Remove the connection, or do what `error` says.",
} as const;

export type RecommendedAction = keyof typeof ACTIONS;

interface Failure {
  /** What happened, and what to do. */
  error: string;
  recommended_action: RecommendedAction;
}

/** What `connection_failure_data` says for each code. */
export const CONNECTION_FAILURES = {
  grant_revoked: {
    error:
      "Zoom no longer accepts the grant: the user or an administrator removed the app, the user connected elsewhere with the same app, or the grant was revoked or expired. Send the user through Zoom's consent page again.",
    recommended_action: "reconnect",
  },
  refresh_answer_lost: {
    error:
      "Zoom's answer to a refresh was lost on its way, and Zoom no longer accepts the token from before. Send the user through Zoom's consent page again.",
    recommended_action: "reconnect",
  },
  app_deauthorized: {
    error:
      "The user or an administrator removed the app at Zoom. Send the user through Zoom's consent page again.",
    recommended_action: "reconnect",
  },
  user_deactivated: {
    error:
      "The user was deactivated at Zoom. Once an administrator has activated the user again, send the user through Zoom's consent page.",
    recommended_action: "ask_admin",
  },
  user_deleted: { error: "The user was deleted at Zoom.", recommended_action: "none" },
  user_disassociated: {
    error: "The user was removed from the Zoom account. Send the user through Zoom's consent page again.",
    recommended_action: "reconnect",
  },
  disabled_by_admin: {
    error:
      "An administrator of the Zoom account has switched the app off. Ask the administrator to allow it, then send the user through Zoom's consent page again.",
    recommended_action: "ask_admin",
  },
  superseded: {
    error:
      "Another authorization of the same Zoom user replaced this one, for example in another environment that uses the same Zoom app. Send the user through Zoom's consent page again.",
    recommended_action: "reconnect",
  },
  missing_scopes: {
    error:
      "The imported grant lacks scopes that the capabilities need. Its tokens are kept: change the capabilities to what the grant allows, or send the user through Zoom's consent page again.",
    recommended_action: "reconnect",
  },
  user_not_active: {
    error:
      "The Zoom user of the imported grant was not active. The tokens are kept: once an administrator has activated the user, send the capabilities again.",
    recommended_action: "ask_admin",
  },
  exported: {
    error:
      "The grant was exported: another system has its tokens now. To take it back, import it, or send the user through Zoom's consent page again.",
    recommended_action: "none",
  },
} as const satisfies Record<string, Failure>;

/** An imported grant ends so before it begins: its tokens live and are kept, so that a change or an export can use them. */
export const KEPT_FAILURES = [
  "missing_scopes",
  "user_not_active",
] as const satisfies (keyof typeof CONNECTION_FAILURES)[];
export type KeptFailureCode = (typeof KEPT_FAILURES)[number];

export type ConnectionFailureCode = keyof typeof CONNECTION_FAILURES;
export const CONNECTION_FAILURE_CODES = Object.keys(CONNECTION_FAILURES) as ConnectionFailureCode[];

export const connectionFailure = z
  .strictObject({
    error: z.string().meta({ description: "What happened and what to do: a sentence for a person." }),
    code: z.enum(CONNECTION_FAILURE_CODES).meta({
      description: toList(CONNECTION_FAILURES, ({ error }) => error),
    }),
    recommended_action: z
      .enum(Object.keys(ACTIONS) as RecommendedAction[])
      .meta({ description: toList(ACTIONS, (sentence) => sentence) }),
    timestamp: timestamp.meta({ description: "When the connection was disconnected." }),
  })
  .meta({ id: "ConnectionFailure", description: "Why a connection is disconnected." });

export type ConnectionFailure = z.output<typeof connectionFailure>;

/** What is kept of a reason. `at`: ISO 8601 with milliseconds. */
export function toConnectionFailure(code: ConnectionFailureCode, at: string): ConnectionFailure {
  const { error, recommended_action } = CONNECTION_FAILURES[code];
  return { error, code, recommended_action, timestamp: at.replace(/Z$/, "000Z") };
}

function toList<T>(entries: Record<string, T>, sentenceOf: (entry: T) => string): string {
  return Object.entries(entries)
    .map(([name, entry]) => `- \`${name}\`: ${sentenceOf(entry)}`)
    .join("\n");
}
