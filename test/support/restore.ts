// A dump of the whole database and its restore, as copies beside it: what an operator does with Neon's history.

import type { Stack } from "./stack.ts";

/** Runs the statement for each table: `name`, and `columns` without those that Postgres makes. */
async function eachTable(stack: Stack, before: string, statement: string): Promise<void> {
  await stack.sql(`do $$ declare item record; begin
    ${before}
    for item in
      select quote_ident(table_name) as name,
        string_agg(quote_ident(column_name), ', ') filter (where is_generated = 'NEVER') as columns
      from information_schema.columns join pg_tables on tablename = table_name and schemaname = table_schema
      where table_schema = 'public' group by table_name
    loop ${statement} end loop;
  end $$`);
}

/** Keeps a copy of every table. */
export async function dumpDatabase(stack: Stack): Promise<void> {
  await eachTable(
    stack,
    "create schema dump;",
    "execute format('create table dump.%s as select %s from public.%s', item.name, item.columns, item.name);",
  );
}

/** Every table is as it was at the dump. */
export async function restoreDatabase(stack: Stack): Promise<void> {
  await eachTable(
    stack,
    // Neither triggers nor foreign keys look at what is copied.
    "set local session_replication_role = replica;",
    `execute format('delete from public.%s', item.name);
     execute format('insert into public.%s (%s) overriding system value select %s from dump.%s',
       item.name, item.columns, item.columns, item.name);`,
  );
}
