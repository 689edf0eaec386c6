// The operator's part: the projects of the service, and the keys and the audit of one.

import type { Context } from "hono";
import type { AppEnv } from "../../http/router.ts";
import { KEY_SCOPE_NAMES } from "../../model/key-scopes.ts";
import {
  Action,
  Badge,
  Card,
  Empty,
  Facts,
  Field,
  Id,
  Pager,
  Table,
  Time,
} from "../../pages/console/elements.tsx";
import { createProject } from "../projects/create.ts";
import { createApiKey } from "../projects/create-api-key.ts";
import { disableApiKey } from "../projects/disable-api-key.ts";
import { getProject } from "../projects/get.ts";
import { listProjects as listOperation } from "../projects/list.ts";
import { listApiKeys } from "../projects/list-api-keys.ts";
import { listProjectAuditEvents } from "../projects/list-audit-events.ts";
import { updateProject } from "../projects/update.ts";
import { ask } from "./ask.ts";
import { AUDIT_FILTERS, AuditEvents } from "./audit.tsx";
import { Keys, NewKey, newKeyOf, showNewKey } from "./keys.tsx";
import { done, PROJECTS_PATH, readForm, readQuery, show } from "./page.tsx";
import type { AdminSession } from "./session.ts";

const idOf = (c: Context<AppEnv>) => ({ params: { id: c.req.param("id") } });
const pathOf = (id = "") => `${PROJECTS_PATH}/${id}`;

export async function listProjects(c: Context<AppEnv>, session: AdminSession): Promise<Response> {
  const found = await ask(c, session, listOperation, { query: readQuery(c) });
  const content = (
    <>
      <div class="head">
        <h1>Projects</h1>
      </div>
      {found.results.length === 0 ? (
        <Empty title="No project yet">
          <p>A project has its own apps, connections and API keys. Make one, then a key for it.</p>
        </Empty>
      ) : (
        <div class="panel">
          <Table
            caption="Projects"
            columns={["Project", "State", "ID", "Made"]}
            rows={found.results.map(({ id, name, is_suspended, created_at }) => [
              <a href={pathOf(id)}>{name}</a>,
              <ProjectState is_suspended={is_suspended} />,
              <Id>{id}</Id>,
              <Time at={created_at} />,
            ])}
          />
        </div>
      )}
      <Pager {...found} />
      <Card title="Add a project">
        <form class="form" method="post" action={PROJECTS_PATH}>
          <Field name="name" label="Name" required hint="Zoom users see it on the connect pages." />
          <button type="submit" class="primary">
            Add
          </button>
        </form>
      </Card>
    </>
  );
  return await show(c, session, { title: "Projects", current: PROJECTS_PATH }, content);
}

export async function addProject(c: Context<AppEnv>, session: AdminSession): Promise<Response> {
  const { id } = await ask(c, session, createProject, { body: { name: (await readForm(c)).get("name") } });
  return done(c, pathOf(id), "created");
}

function Head({ id, name }: { id: string | undefined; name: string | undefined }) {
  return (
    <div class="head">
      <div>
        <p class="crumb">
          <a href={PROJECTS_PATH}>Projects</a>
        </p>
        <h1>{name}</h1>
      </div>
      <nav aria-label="Of this project">
        <a href={pathOf(id)}>State and API keys</a> · <a href={`${pathOf(id)}/audit`}>Audit</a>
      </nav>
    </div>
  );
}

export async function showProject(c: Context<AppEnv>, session: AdminSession): Promise<Response> {
  const [project, found] = await Promise.all([
    ask(c, session, getProject, idOf(c)),
    ask(c, session, listApiKeys, { ...idOf(c), query: readQuery(c) }),
  ]);
  const { id, name, is_suspended, suspended_at, revocation } = project;
  const content = (
    <>
      <Head id={id} name={name} />
      <Card title="State">
        <Facts
          facts={[
            ["State", <ProjectState is_suspended={is_suspended} />],
            ["Project", <Id>{id}</Id>],
            ...(is_suspended ? [["Suspended", <Time at={suspended_at} />] as const] : []),
            ...(revocation ? [["Grants being revoked", `${revocation.remaining} remain`] as const] : []),
          ]}
        />
        <p>
          {is_suspended
            ? "Nothing was lost: refreshes, syncs and deliveries go on, and Zoom’s events that were held take effect."
            : "A suspended project stops at once: its API keys, links, pages, refreshes, syncs and deliveries. Events of Zoom’s are held."}
        </p>
        <Action
          to={`${pathOf(id)}/suspended`}
          fields={{ is_suspended: String(!is_suspended) }}
          kind={is_suspended ? "primary" : "danger"}
        >
          {is_suspended ? "Let the project go on" : "Suspend the project"}
        </Action>
      </Card>
      <Keys keys={found.results} path={`${pathOf(id)}/keys`} />
      <Pager {...found} />
      <NewKey path={`${pathOf(id)}/keys`} scopes={KEY_SCOPE_NAMES} hint="A name for people." />
    </>
  );
  return await show(c, session, { title: name, current: PROJECTS_PATH }, content);
}

function ProjectState({ is_suspended }: { is_suspended: boolean }) {
  return is_suspended ? <Badge tone="bad">Suspended</Badge> : <Badge tone="good">Active</Badge>;
}

export async function suspendProject(c: Context<AppEnv>, session: AdminSession): Promise<Response> {
  const body = { is_suspended: (await readForm(c)).get("is_suspended") === "true" };
  const { id, is_suspended } = await ask(c, session, updateProject, { ...idOf(c), body });
  return done(c, pathOf(id), is_suspended ? "suspended" : "resumed");
}

export async function showProjectAudit(c: Context<AppEnv>, session: AdminSession): Promise<Response> {
  const query = readQuery(c, AUDIT_FILTERS);
  const [{ id, name }, found] = await Promise.all([
    ask(c, session, getProject, idOf(c)),
    ask(c, session, listProjectAuditEvents, { ...idOf(c), query }),
  ]);
  const content = (
    <>
      <Head id={id} name={name} />
      <AuditEvents path={`${pathOf(id)}/audit`} query={query} {...found} />
    </>
  );
  return await show(c, session, { title: "Audit of a project", current: PROJECTS_PATH }, content);
}

export async function addProjectKey(c: Context<AppEnv>, session: AdminSession): Promise<Response> {
  const body = newKeyOf(await readForm(c));
  const { key, project_id } = await ask(c, session, createApiKey, { ...idOf(c), body });
  return await showNewKey(c, session, key, pathOf(project_id));
}

export async function disableProjectKey(c: Context<AppEnv>, session: AdminSession): Promise<Response> {
  const { project_id } = await ask(c, session, disableApiKey, { params: c.req.param() });
  return done(c, pathOf(project_id), "disabled");
}
