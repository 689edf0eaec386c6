// What a call of a token link does in the database. One statement checks the link, chooses the connections, counts the
// use and writes the events; only where no token came of it, a second one takes that back.

import { type SQL, sql } from "drizzle-orm";
import type { LinkRefusalCode } from "../model/token-link.ts";
import type { LinkToken, VendorName } from "../model/vendors.ts";
import { actorOf } from "./actor.ts";
import type { Database } from "./client.ts";
import { as, field, insertInto, NOW, nullable, set } from "./columns.ts";
import { EVENT_EXPIRY, type IssuedToken, issuedData, readIssued } from "./connection-events.ts";
import { connectionEvents, tokenLinks, zoomOAuthConnections } from "./schema.ts";
import { type Parameters, statement } from "./statement.ts";
import { isAtWork, isSuspended } from "./suspension.ts";
import { findSources, joinSource, SOURCE_COLUMNS, type TokenSource, toSource } from "./token-sources.ts";

const links = tokenLinks;
const link = as(tokenLinks, "link");
const connection = as(zoomOAuthConnections, "connection");
const events = connectionEvents;

interface UseValues {
  secretSha256: string;
  /** The sealed secret whose signature the call has; null: none was checked. */
  verifiedSecret: string | null;
  /** In digits, as the call names it; null: it does not. */
  meetingId: string | null;
  /** JSON: an object from paths in the call to the arrays of user ids that stand there. */
  named: string;
  /** JSON: an array of ids for as many events as a call can have. */
  eventIds: string;
}

/** The link may be used: a condition on its newest row, so that calls at one moment count one after the other. */
const IS_USABLE = sql`${links.is_active} and ${isAtWork(links.project_id)} and (${links.expires_at} is null or ${links.expires_at} > now())
  and (${links.max_uses} is null or ${links.use_count} < ${links.max_uses})`;

/** The link's own app, or none. */
const ofApp = sql`(
  (select zoom_oauth_app_id from link) is null
  or ${connection.zoom_oauth_app_id} = (select zoom_oauth_app_id from link)
)`;
const ofProject = sql`${connection.project_id} = (select project_id from link)`;

/** CTEs: the link, and each connection that it names, with its position; `is_host` where the map has the meeting there. */
function findCandidates(p: Parameters<UseValues>): SQL {
  const form = (name: string) => sql`(select ${link.connection} ? ${sql.raw(`'${name}'`)} from link)`;
  return sql`link as (
      select * from ${links} where ${links.secret_sha256} = ${p.secretSha256}
    ), key as (
      select project_id from link
    ), asked as (
      select coalesce(${link.meeting_id}, ${p.meetingId}::bigint) as meeting_id, case
        when ${link.connection} ? 'user_id' then jsonb_build_array(${link.connection} -> 'user_id')
        when ${link.connection} ? 'user_ids' then ${link.connection} -> 'user_ids'
        when ${link.connection} ? 'from_request'
          then coalesce(${p.named}::jsonb -> (${link.connection} ->> 'from_request'), '[]')
        else '[]'
      end as user_ids from link
    )${findSources({
      appId: sql`(select zoom_oauth_app_id from link)`,
      meetingId: sql`(select meeting_id from asked)`,
      userIds: sql`(select user_ids from asked)`,
      isAllowed: sql`true`,
      isCapable: sql`case (select token from link)
        when 'onbehalf' then ${connection.is_onbehalf_token_supported}
        when 'local_recording' then ${connection.is_local_recording_token_supported}
        else true
      end`,
    })}, matched as materialized (
      select ${connection.id}, ${connection.state} from ${zoomOAuthConnections} connection
      where ${form("metadata")} and ${ofProject} and ${ofApp}
        and ${connection.metadata} @> (select ${link.connection} -> 'metadata' from link)
    ), candidate as (
      select 1 as position, ${connection.id} from ${zoomOAuthConnections} connection
      where ${connection.id} = (select ${link.connection} ->> 'zoom_oauth_connection_id' from link)
        and ${ofProject} and ${ofApp}
      union all select 1, zoom_oauth_connection_id from host where ${form("meeting_host")}
      union all select position, id from named where id is not null
      -- A connected one before others; two of those are told from each other by nobody.
      union all (select 1, id from matched where (
        select count(*) from matched where state = 'connected'
      ) <= 1 order by state limit 1)
    )`;
}

/**
 * The CTE `planned`: which tokens the call gets, as far as the rows tell. Attendee takes an onbehalf token of each user, and
 * nobody takes two of another kind. A local recording token is best asked for as the host.
 */
function planTokens(p: Parameters<UseValues>): SQL {
  return sql`offered as (
      select ${connection.id}, candidate.position, offer.token, exists (
        select from mapped where mapped.zoom_oauth_connection_id = ${connection.id}
      ) as is_host
      from link cross join candidate
      join ${zoomOAuthConnections} connection on ${connection.id} = candidate.id
      cross join lateral (values
        ('onbehalf_token', ${link.token} in ('onbehalf', 'all') and ${connection.is_onbehalf_token_supported}, true),
        ('local_recording_token',
          ${link.token} in ('local_recording', 'all') and ${connection.is_local_recording_token_supported}, true),
        ('zak_token', ${link.token} = 'zak', false),
        ('access_token', ${link.token} = 'access', false)
      ) offer (token, is_wanted, needs_meeting)
      where ${connection.state} = 'connected' and offer.is_wanted
        and (not offer.needs_meeting or (select meeting_id from asked) is not null)
    ), ranked as (
      select offered.*, row_number() over (
        partition by token order by token = 'local_recording_token' and is_host desc, position
      ) as place from offered
    ), planned as (
      select ranked.id, ranked.token,
        ${p.eventIds}::jsonb ->> (row_number() over (order by ranked.token, ranked.position) - 1)::integer as event_id
      from ranked cross join link
      where ranked.place = 1 or (ranked.token = 'onbehalf_token' and ${link.vendor} = 'attendee')
    )`;
}

/** A token that the call is to get, and the event that already tells of it. */
export interface PlannedToken {
  token: "onbehalf_token" | "local_recording_token" | "zak_token" | "access_token";
  eventId: string;
}

export const use = statement({
  name: "use_token_link",
  row: {
    link_id: link.id,
    vendor: link.vendor,
    link_token: link.token,
    verification_secret: nullable(link.verification_secret),
    is_inactive: field<boolean>(sql`not ${link.is_active}`),
    is_suspended: field<boolean>(isSuspended(link.project_id)),
    is_expired: field<boolean>(sql`coalesce(${link.expires_at} <= now(), false)`),
    is_used_up: field<boolean>(sql`coalesce(${link.use_count} >= ${link.max_uses}, false)`),
    is_verified: field<boolean>(sql`is_verified.yes`),
    is_used: field<boolean>(sql`exists (select from used)`),
    meeting_id: field<string | null>(sql`(select meeting_id from asked)::text`),
    form: field<string>(sql`(select min(name) from jsonb_object_keys(${link.connection}) name)`),
    user_count: field<number>(sql`(select count(*)::integer from wanted)`),
    host_count: field<number>(sql`(select count(*)::integer from mapped)`),
    matched_count: field<number>(sql`(select count(*)::integer from matched)`),
    planned: field<PlannedToken[] | null>(sql`(
      select jsonb_agg(jsonb_build_object('token', planned.token, 'eventId', planned.event_id))
      from planned where planned.id = ${connection.id}
    )`),
    ...SOURCE_COLUMNS,
  },
  text: (p: Parameters<UseValues>, columns) => {
    const isVerified = sql`${links.verification_secret} is not distinct from ${p.verifiedSecret}::text`;
    return sql`with ${findCandidates(p)}, ${planTokens(p)}, used as (
        update ${links} set ${set(links, { use_count: sql`${links.use_count} + 1`, last_used_at: NOW })}
        where ${links.id} = (select id from link) and ${IS_USABLE} and ${isVerified}
          and exists (select from planned)
        returning ${links.id}, ${links.project_id}
      ), told as (
        ${insertInto(events, {
          id: sql`planned.event_id`,
          project_id: sql`used.project_id`,
          zoom_oauth_connection_id: sql`planned.id`,
          type: "token_issued",
          data: issuedData(sql`planned.token`, sql`used.id`),
          actor: sql`'token_link ' || used.id`,
          created_at: sql`clock_timestamp()`,
          expires_at: EVENT_EXPIRY,
        })} from used cross join planned
      )
      select ${columns} from link
      cross join lateral (
        select ${link.verification_secret} is not distinct from ${p.verifiedSecret}::text as yes
      ) is_verified
      left join candidate on true
      ${joinSource(sql`candidate.id`)}
      order by candidate.position`;
  },
});

export interface LinkUse {
  id: string;
  vendor: VendorName;
  token: LinkToken;
  /** Sealed; null: calls need no signature. */
  verificationSecret: string | null;
  /** Whether the use was counted, and the events were written. */
  isUsed: boolean;
  isVerified: boolean;
  isInactive: boolean;
  /** Its project is suspended. */
  isSuspended: boolean;
  isExpired: boolean;
  isUsedUp: boolean;
  /** In digits. */
  meetingId: string | null;
  /** Which form of `connection` the link has. */
  form: string;
  userCount: number;
  /** How many connections have the meeting, and how many have the link's metadata. */
  hostCount: number;
  matchedCount: number;
  /** The connections that the link names, in order, and what each was to give. */
  sources: { source: TokenSource; planned: PlannedToken[] }[];
}

/**
 * Uses a link, if it may be used and something is to be had. One round trip. Of calls at one moment no more than `max_uses`
 * count. Null: there is no such link.
 */
export async function useTokenLink(
  db: Database,
  {
    named,
    eventIds,
    ...call
  }: {
    secretSha256: string;
    verifiedSecret: string | null;
    meetingId: string | null;
    named: Record<string, readonly string[]>;
    eventIds: readonly string[];
  },
): Promise<LinkUse | null> {
  const rows = await use.all(db, {
    ...call,
    named: JSON.stringify(named),
    eventIds: JSON.stringify(eventIds),
  });
  const [first] = rows;
  if (!first) return null;
  return {
    id: first.link_id,
    vendor: first.vendor,
    token: first.link_token,
    verificationSecret: first.verification_secret,
    isUsed: first.is_used,
    isVerified: first.is_verified,
    isInactive: first.is_inactive,
    isSuspended: first.is_suspended,
    isExpired: first.is_expired,
    isUsedUp: first.is_used_up,
    meetingId: first.meeting_id,
    form: first.form,
    userCount: first.user_count,
    hostCount: first.host_count,
    matchedCount: first.matched_count,
    sources: rows.flatMap((row) => {
      const source = toSource(row);
      return source ? [{ source, planned: row.planned ?? [] }] : [];
    }),
  };
}

interface SettleValues {
  id: string;
  /** JSON: ids of events that tell of tokens which were not issued. */
  untold: string;
  /** JSON: events of tokens that were issued in their place. */
  issued: string;
  /** Nothing was issued: the use does not count. */
  isGivenBack: boolean;
  code: LinkRefusalCode | null;
}

export const settle = statement({
  name: "settle_token_link_use",
  text: (p: Parameters<SettleValues>) => {
    const isGivenBack = sql`${p.isGivenBack}::boolean`;
    const lastUsed = sql`case when ${isGivenBack} and ${links.use_count} = 1 then null else ${links.last_used_at} end`;
    return sql`with untold as (
        delete from ${events} where ${events.id} in (select jsonb_array_elements_text(${p.untold}::jsonb))
      ), told as (
        ${insertInto(events, {
          id: sql`issued."eventId"`,
          project_id: connection.project_id,
          zoom_oauth_connection_id: connection.id,
          type: "token_issued",
          data: issuedData(sql`issued."token"`, sql`issued."tokenLinkId"`),
          actor: actorOf(sql`issued."issuedTo"`),
          created_at: sql`clock_timestamp()`,
          expires_at: EVENT_EXPIRY,
        })} from ${readIssued(p.issued)}
        join ${zoomOAuthConnections} connection on ${connection.id} = issued."connectionId"
      )
      update ${links} set ${set(links, {
        use_count: sql`greatest(0, ${links.use_count} - ${isGivenBack}::integer)`,
        last_used_at: lastUsed,
        last_refusal_code: sql`coalesce(${p.code}, ${links.last_refusal_code})`,
        last_refused_at: sql`case when ${p.code}::text is null then ${links.last_refused_at} else now() end`,
      })}
      where ${links.id} = ${p.id}`;
  },
});

export interface Settlement {
  id: string;
  untoldEventIds: readonly string[];
  issued: readonly IssuedToken[];
  isGivenBack: boolean;
  /** Null: the call was not refused. */
  code: LinkRefusalCode | null;
}

/** Corrects what {@link useTokenLink} wrote in advance, and notes why a call was refused. */
export async function settleTokenLinkUse(
  db: Database,
  { untoldEventIds, issued, ...settlement }: Settlement,
): Promise<void> {
  await settle.run(db, {
    ...settlement,
    untold: JSON.stringify(untoldEventIds),
    issued: JSON.stringify(issued),
  });
}
