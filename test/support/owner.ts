// A project with everything that the paths of the API can name, each object made when it is first asked for.

import { allowLocalRecording, createUnsynced, takeGrant, waitFor } from "./connections.ts";
import type { Receiver } from "./receiver.ts";
import { ADMIN, type Answer, type Service, type Tenant } from "./service.ts";

export interface Owner extends Tenant {
  /** A client at Zoom that no project has as its app yet. */
  newClient(): Promise<{ client_id: string; client_secret: string }>;
  authorizationCode(): Promise<string>;
  /** Of a grant that another system holds. */
  refreshToken(): Promise<string>;
  /** With every capability, and no sync under way. */
  connectionId(): Promise<string>;
  /** Of a meeting that the connection's user hosts. */
  meetingId(): Promise<string>;
  webhookId(): Promise<string>;
  tokenLinkId(): Promise<string>;
  /** Of a connect session that is open. */
  sessionId(): Promise<string>;
  /** Of a delivery that has had its attempt, where there is a receiver. */
  deliveryId(): Promise<string>;
  /** Of the key that the owner's requests are sent with. */
  keyId(): Promise<string>;
  /** Of another key of the project. */
  otherKeyId(): Promise<string>;
  /** Of a message that a queue gave up, about nothing. */
  deadLetterId(): Promise<string>;
  /** A second key of the project, disabled. */
  disabledKey(): Promise<string>;
}

/**
 * The service must allow insecure webhook URLs: the webhook's receiver is on this machine. Null: nothing is delivered,
 * because nothing consumes the queues.
 */
export async function createOwner(service: Service, receiver: Pick<Receiver, "url"> | null): Promise<Owner> {
  const tenant = await service.createTenant();
  const keysPath = `/api/v1/projects/${tenant.projectId}/api_keys`;
  const call = async (method: string, path: string, body?: unknown) =>
    succeeded(await service.request(path, { method, apiKey: tenant.apiKey, body }));

  const connection = once(async () => {
    const { body } = await createUnsynced(service, tenant, await service.authorize(tenant));
    await allowLocalRecording(service, body.id);
    return body as { id: string; user_id: string };
  });
  const webhookId = once(async () => {
    const { url = "https://hooks.example.com/" } = receiver ?? {};
    const body = { url, triggers: ["zoom_oauth_connection.state_change"] };
    return (await call("POST", "/api/v1/webhooks", body)).id as string;
  });

  return {
    ...tenant,
    newClient: async () => {
      const client = { client_id: `new-${tenant.clientId}`, client_secret: `new-${tenant.clientSecret}` };
      await service.control("clients", client);
      return client;
    },
    authorizationCode: async () => await service.authorize(tenant),
    refreshToken: async () => await takeGrant(service, tenant),
    connectionId: async () => (await connection()).id,
    meetingId: once(async () => {
      const { user_id } = await connection();
      return String((await service.control("meetings", { user_id })).id);
    }),
    webhookId,
    tokenLinkId: once(async () => {
      const body = { vendor: "recall", token: "zak", connection: { user_id: "somebody" } };
      return (await call("POST", "/api/v1/token_links", body)).id as string;
    }),
    sessionId: once(async () => {
      const body = { return_url: "https://example.com/", zoom_oauth_app_id: tenant.appId };
      return (await call("POST", "/api/v1/connect_sessions", body)).id as string;
    }),
    deliveryId: once(async () => {
      const path = `/api/v1/webhooks/${await webhookId()}`;
      const { id } = await call("POST", `${path}/test`);
      const isDelivered = async () =>
        (await call("GET", `${path}/deliveries`)).results[0].state === "succeeded";
      if (receiver) await waitFor(isDelivered, "the delivery");
      return id as string;
    }),
    keyId: once(async () => {
      const { body } = await service.request(keysPath, { headers: ADMIN });
      return body.results[0].id as string;
    }),
    otherKeyId: once(async () => (await call("POST", "/api/v1/api_keys", { name: "Another" })).id as string),
    deadLetterId: once(async () => {
      const id = `dl_${tenant.projectId.replace("proj_", "")}`;
      const body = { type: "deliver_webhook", version: 1, webhook_delivery_id: "whd_0000000000000000" };
      await service.sql("insert into dead_letters (id, message_id, body) values ($1, $1, $2)", [
        id,
        JSON.stringify(body),
      ]);
      return id;
    }),
    disabledKey: once(async () => {
      const body = { name: "To be disabled" };
      const made = succeeded(await service.request(keysPath, { method: "POST", headers: ADMIN, body }));
      succeeded(await service.request(`${keysPath}/${made.id}`, { method: "DELETE", headers: ADMIN }));
      return made.key as string;
    }),
  };
}

function succeeded({ status, body, text }: Answer): Answer["body"] {
  if (status >= 300) throw new Error(`making an object of the owner's: ${status} ${text}`);
  return body;
}

/** The same object for everyone who asks. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
