import * as z from "zod";
import { givenId } from "../../api/fields.ts";
import { listConnectionEvents } from "../../db/connection-events.ts";
import { defineList } from "../../http/list.ts";
import { actor, parseActor } from "../../model/actor.ts";
import { CONNECTION_EVENT_TYPES } from "../../model/connection-events.ts";
import { shownId, timestamp } from "../../model/fields.ts";

const connectionEvent = z
  .strictObject({
    id: shownId("evt", "Unique identifier of the event."),
    type: z.enum(CONNECTION_EVENT_TYPES).meta({ description: "What happened." }),
    data: z.record(z.string(), z.unknown()).nullable().meta({
      description:
        "`{ code }` says why a connection was disconnected, and `{ token }` which kind of token was issued. Access tokens that one actor asked for within a minute are one event with a `count`. Null for other events.",
    }),
    actor: actor.meta({ description: "Who did it, or whom the token was given to." }),
    created_at: timestamp,
  })
  .meta({ id: "ZoomOAuthConnectionEvent" });

export const listZoomOAuthConnectionEvents = defineList({
  operationId: "listZoomOAuthConnectionEvents",
  path: "/api/v1/zoom_oauth_connections/{id}/events",
  tag: "Zoom OAuth connections",
  summary: "List a connection's events",
  description:
    "What happened to the connection, newest first. `refreshed`, `synced` and `token_issued` events are kept for 30 days, other events as long as the connection. When a connection is deleted, its events can be listed for 30 more days.",
  security: "api_key",
  scope: "connections:read",
  params: z.object({ id: givenId("zoc", "ID of the connection.") }),
  item: connectionEvent,
  pageName: "ZoomOAuthConnectionEventPage",
  errors: [],
  rows: async ({ db, caller }, { params, page }) =>
    await listConnectionEvents(db, { ...caller, id: params.id }, page),
  show: ({ id, type, data, actor: text, created_at }) => ({
    id,
    type,
    data,
    actor: parseActor(text),
    created_at,
  }),
});
