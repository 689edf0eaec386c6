// What the line of a request tells: whose key it was and what it was about, and nothing that a caller typed.

import { afterAll, beforeAll, expect, it } from "vitest";
import { CONNECTIONS, createUnsynced } from "../support/connections.ts";
import { createOwner, type Owner } from "../support/owner.ts";
import { ADMIN, type Answer, type Stack, startStack } from "../support/stack.ts";

let stack: Stack;
let owner: Owner;

beforeAll(async () => {
  stack = await startStack();
  owner = await createOwner(stack, null);
});
afterAll(async () => await stack.close());

const lineOf = ({ headers }: Answer) => {
  const id = headers.get("X-Request-Id");
  const lines = stack.logs().filter((line) => line.includes(`"request_id":"${id}"`));
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] as string);
};

it("a request with an API key names the project, the key and the object", async () => {
  const key = { project_id: owner.projectId, api_key_id: await owner.keyId() };
  const { apiKey } = owner;
  const created = await createUnsynced(stack, owner, await stack.authorize(owner));
  const { id } = created.body;
  expect(lineOf(created)).toMatchObject({ ...key, object_id: id, status: 201 });
  for (const path of ["", "/events"]) {
    expect(lineOf(await stack.request(`${CONNECTIONS}/${id}${path}`, { apiKey }))).toMatchObject({
      ...key,
      object_id: id,
    });
  }
  const list = lineOf(await stack.request(CONNECTIONS, { apiKey }));
  expect([list.project_id, list.object_id]).toEqual([owner.projectId, undefined]);
});

it("a refused request names the object that it asked for, and the key where it was one", async () => {
  const path = `${CONNECTIONS}/zoc_0000000000000000`;
  const notFound = lineOf(await stack.request(path, { apiKey: owner.apiKey }));
  expect([notFound.project_id, notFound.object_id]).toEqual([owner.projectId, "zoc_0000000000000000"]);
  const unknown = lineOf(await stack.request(path, { apiKey: "nobody" }));
  expect([unknown.project_id, unknown.api_key_id]).toEqual([undefined, undefined]);
});

it("the administrator's requests name the object", async () => {
  const answer = await stack.request(`/api/v1/projects/${owner.projectId}`, { headers: ADMIN });
  expect(lineOf(answer)).toMatchObject({ object_id: owner.projectId, status: 200 });
});

it("nothing else of a path is in the line", async () => {
  for (const text of ["zoc_secret", "a-secret-of-mine", `zock_${"x".repeat(16)}`]) {
    const answer = await stack.request(`${CONNECTIONS}/${text}`, { apiKey: owner.apiKey });
    expect(JSON.stringify(lineOf(answer))).not.toContain(text);
  }
});
