// A Zoom OAuth connection: what its caller decides, what is shown of it, and the states it can be in. The create request,
// the sealed grant on the queue, the database's columns and the answers derive from these.

import * as z from "zod";
import {
  type Capabilities,
  capabilityFields,
  changedCapabilityFields,
  forEachCapability,
} from "./capabilities.ts";
import { connectionFailure } from "./connection-failure.ts";
import { shownId, storableText, timestamp } from "./fields.ts";

export const CONNECTION_STATES = ["connected", "disconnected"] as const;
export type ConnectionState = (typeof CONNECTION_STATES)[number];

const MAX_METADATA_CHARACTERS = 4096;

export type Metadata = Record<string, string>;

/** Metadata that is not empty. `instead`: what to do where there is none. */
function someMetadata(instead: string) {
  return z
    .record(storableText, storableText)
    .refine((object) => Object.keys(object).length > 0, `Must not be empty. ${instead}`)
    .refine(
      (object) => JSON.stringify(object).length <= MAX_METADATA_CHARACTERS,
      `Must be at most ${MAX_METADATA_CHARACTERS} characters long as JSON.`,
    )
    .meta({
      description: `A JSON object of strings to store with the connection, at most ${MAX_METADATA_CHARACTERS} characters long as JSON.`,
      examples: [{ tenant_id: "1234567890" }],
      minProperties: 1,
    });
}

export const metadata = someMetadata("Send null for none, or leave it out.");
/** What the metadata of connections must have. */
export const wantedMetadata = someMetadata("Leave it out instead.");

/** What the caller decides about a connection, as fields of a request that makes one. */
export const chosenFields = {
  ...capabilityFields,
  metadata: metadata.nullable().default(null),
};

/** The same for a request that changes one: what is left out stays as it is. */
export const changedFields = {
  ...changedCapabilityFields,
  metadata: metadata.nullable().optional(),
};

/** What the caller decided. */
export type ChosenFields = Capabilities & { metadata: Metadata | null };
export type ChangedFields = { [Name in keyof ChosenFields]?: ChosenFields[Name] | undefined };

export const CHOSEN_FIELDS = Object.keys(chosenFields) as (keyof ChosenFields)[];

/** What is shown of a connection: exactly these keys, in this order. */
export const connectionFields = {
  id: shownId("zoc", "Unique identifier of the connection."),
  zoom_oauth_app_id: shownId("zoa", "ID of the Zoom OAuth app that the connection belongs to."),
  user_id: z.string().meta({ description: "Zoom user ID." }),
  account_id: z.string().meta({ description: "Zoom account ID." }),
  state: z.enum(CONNECTION_STATES).meta({
    description:
      "`connected`: tokens can be issued. `disconnected`: they cannot, and `connection_failure_data` says why.",
  }),
  metadata: z
    .record(z.string(), z.string())
    .nullable()
    .meta({ description: "The JSON object stored with the connection. Null if there is none." }),
  ...forEachCapability((_name, { description }) => z.boolean().meta({ description })),
  connection_failure_data: connectionFailure
    .nullable()
    .meta({ description: "Why the connection is disconnected. Null if it is connected." }),
  created_at: timestamp,
  updated_at: timestamp,
  last_successful_sync_at: timestamp
    .nullable()
    .meta({ description: "When the user's meetings were last read from Zoom. Null if never." }),
  last_attempted_sync_at: timestamp
    .nullable()
    .meta({ description: "When the service last tried to read them. Null if never." }),
};

export type ShownField = keyof typeof connectionFields;
export const SHOWN_FIELDS = Object.keys(connectionFields) as ShownField[];
