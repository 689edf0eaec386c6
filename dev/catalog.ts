// What a database's public schema is made of, as lines of text that two databases can be compared by: everything that a
// migration can set, except privileges, comments and the order of columns, which no statement of ours depends on.

import type pg from "pg";

/** The record of the migrations is left out: it tells how the schema was made, not what it is. */
const CATALOG = `
  with relations as (
    select oid, relname as name, relkind, relpersistence, reloptions, relrowsecurity, relreplident, relam
    from pg_class
    where relnamespace = 'public'::regnamespace and relname not like 'schema\\_migrations%'
      and not exists (select from pg_depend where objid = pg_class.oid and deptype = 'e')
  )
  select format('relation %s: kind %s, persistence %s, options %s, row security %s, identity %s, access method %s',
    name, relkind, relpersistence, reloptions, relrowsecurity, relreplident, (select amname from pg_am where oid = relam))
  from relations
  union all
  select format('column %s.%s: %s%s, default %s, generated %L, identity %L, storage %s, compression %L, collation %s, statistics %s, options %s',
    name, attname, format_type(atttypid, atttypmod), case when attnotnull then ' not null' end,
    pg_get_expr(adbin, adrelid), attgenerated, attidentity, attstorage,
    attcompression, attcollation::regcollation, attstattarget, attoptions)
  from relations join pg_attribute on attrelid = relations.oid left join pg_attrdef on adrelid = attrelid and adnum = attnum
  where attnum > 0 and not attisdropped and relkind <> 'S'
  union all
  select format('constraint %s.%s: %s', name, conname, pg_get_constraintdef(pg_constraint.oid))
  from relations join pg_constraint on conrelid = relations.oid
  union all
  select format('index %s: %s, valid %s', name, pg_get_indexdef(indexrelid), indisvalid)
  from relations join pg_index on indexrelid = relations.oid
  union all
  select format('trigger %s.%s: %s, enabled %s', name, tgname, pg_get_triggerdef(pg_trigger.oid), tgenabled)
  from relations join pg_trigger on tgrelid = relations.oid where not tgisinternal
  union all
  select format('rule %s.%s: %s', name, rulename, pg_get_ruledef(pg_rewrite.oid))
  from relations join pg_rewrite on ev_class = relations.oid
  union all
  select format('policy %s.%s: %s, %s, %s', name, polname, polcmd, pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
  from relations join pg_policy on polrelid = relations.oid
  union all
  select format('sequence %s: %s', name, to_jsonb(pg_sequence) - 'seqrelid')
  from relations join pg_sequence on seqrelid = relations.oid
  union all
  select format('statistics %s: %s', stxname, pg_get_statisticsobjdef(oid))
  from pg_statistic_ext where stxnamespace = 'public'::regnamespace
  union all
  select format('function %s: %s', oid::regprocedure, case when prokind <> 'a' then pg_get_functiondef(oid) end)
  from pg_proc where pronamespace = 'public'::regnamespace
    and not exists (select from pg_depend where objid = pg_proc.oid and deptype = 'e')
  union all
  select format('type %s: %s', typname, typtype)
  from pg_type where typnamespace = 'public'::regnamespace and typtype in ('d', 'e', 'r')
    and not exists (select from pg_depend where objid = pg_type.oid and deptype = 'e')`;

/** One line for each table, column, index, constraint, trigger, function and whatever else there is. */
export async function readCatalog(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query({ text: CATALOG, rowMode: "array" });
  return rows.map(([line]) => line as string).sort();
}
