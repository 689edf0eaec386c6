// The token journal: the newest token set of each connection once more, outside of the database. One object for each
// connection, named by its id. What it holds is sealed; beside it, in the clear, stand ids and times alone.

import * as z from "zod";
import { type Keyring, UnsealError } from "../crypto/keyring.ts";
import { log } from "../log.ts";
import { type JournalEntry, journalEntry, type Removal } from "../model/journal-entry.ts";

const ENTRIES = "connections/";
const KEPT = "kept/";
/** Tries to write an object that others write as well. */
const MAX_TRIES = 5;
/** A bucket lists up to 1,000 objects, or fewer with their labels. */
const MAX_KEPT = 100;

/** What stands beside an entry: what it is sealed for, and how it compares with another one. */
const entryLabel = z.object({
  app: z.string(),
  version: z.string(),
  /** Texts compare as the times do. */
  authorized_at: z.string(),
  last_refreshed_at: z.string(),
  updated_at: z.string(),
  /** The master key. */
  key: z.string(),
});
const tombstoneLabel = z.object({
  removed_at: z.string(),
  authorized_at: z.string().optional(),
  code: z.string().optional(),
});
const label = z.union([entryLabel, tombstoneLabel]);

type EntryLabel = z.output<typeof entryLabel>;
type Label = z.output<typeof label>;

/** What became of a put. */
export type PutOutcome =
  | "put"
  /** The journal has it, or a newer one. */
  | "known"
  /** This authorization was removed, or an earlier one than the removed one. */
  | "removed";

export type JournalItem =
  | { kind: "entry"; entry: JournalEntry }
  | { kind: "removal"; removal: Removal }
  /** It does not open. */
  | { kind: "unreadable"; id: string };

export interface JournalPage {
  items: JournalItem[];
  /** Null: there is no more. */
  cursor: string | null;
}

/** A text that neither database nor queue took. */
export interface KeptText {
  name: string;
  text: string;
  /** Of this very text, even if another one is kept under the same name. */
  etag: string;
}

export interface Journal {
  /** Puts an entry, unless the journal has a newer one, or a later removal. Throws where the bucket is away. */
  put(entry: JournalEntry): Promise<PutOutcome>;
  /** Replaces the entry by a tombstone, unless it is of a later authorization. */
  bury(removal: Removal): Promise<void>;
  /** Forgets a tombstone. */
  forget(id: string): Promise<void>;
  /** The entry of a connection; null: none, or a tombstone. Throws `UnsealError`. */
  find(id: string): Promise<JournalEntry | null>;
  /** Some of the entries, or of the tombstones, and the cursor of the next ones. Moves entries to the current master key. */
  walk(kind: "entry" | "removal", cursor: string | null, limit: number): Promise<JournalPage>;
  /** Keeps a text that neither database nor queue took, which must be sealed. The name is made of ids. */
  keep(name: string, text: string): Promise<void>;
  findKept(name: string): Promise<KeptText | null>;
  /** Some of their names, and the cursor of the next ones; null: there are no more. */
  listKept(cursor: string | null): Promise<{ names: string[]; cursor: string | null }>;
  /** Forgets a kept text, unless another one has its name by now. */
  release(kept: KeptText): Promise<void>;
}

export function createJournal(bucket: R2Bucket, keyring: Keyring): Journal {
  const currentKey = keyring.keyIds[0] as string;

  async function write(
    known: R2Object | null,
    id: string,
    text: string,
    customMetadata: Record<string, string>,
  ): Promise<boolean> {
    const onlyIf = known ? { etagMatches: known.etag } : { etagDoesNotMatch: "*" };
    const written = await bucket.put(ENTRIES + id, text, { customMetadata, onlyIf });
    return (written as R2Object | null) !== null;
  }

  /** Decides by what there is, again where somebody else has written meanwhile. */
  async function replace<T>(
    id: string,
    decide: (
      standing: Label | null,
    ) => Promise<{ write: [text: string, label: Record<string, string>] | null; outcome: T }>,
  ): Promise<T> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const known = await bucket.head(ENTRIES + id);
      const { write: writing, outcome } = await decide(known && readLabel(known));
      if (writing === null || (await write(known, id, ...writing))) return outcome;
    }
    throw new Error("others write the same entry of the token journal");
  }

  async function seal(entry: JournalEntry): Promise<[string, EntryLabel]> {
    const entryLabel = toLabel(entry, currentKey);
    return [await keyring.seal(JSON.stringify(entry), placeOf(entry.id, entryLabel)), entryLabel];
  }

  async function read(object: R2ObjectBody, id: string): Promise<JournalEntry | null> {
    const standing = readLabel(object);
    if (!isEntry(standing)) return null;
    const entry = journalEntry.parse(
      JSON.parse(await keyring.open(await object.text(), placeOf(id, standing))),
    );
    if (entry.id !== id || entry.zoom_oauth_app_id !== standing.app) throw new UnsealError("another's entry");
    return entry;
  }

  /** One that is newer than its row, or has none. */
  async function reseal(id: string): Promise<void> {
    const object = await bucket.get(ENTRIES + id);
    const entry = object && (await read(object, id));
    if (object && entry) await write(object, id, ...(await seal(entry)));
  }

  async function toItem(object: R2Object): Promise<JournalItem[]> {
    const id = object.key.slice(ENTRIES.length);
    try {
      const standing = readLabel(object);
      if (!isEntry(standing)) {
        const { removed_at, authorized_at = null, code = null } = standing;
        return [{ kind: "removal", removal: { id, removed_at, authorized_at, code } }];
      }
      const body = await bucket.get(object.key);
      const entry = body && (await read(body, id));
      // It was removed in this moment.
      if (!entry) return [];
      if (standing.key !== currentKey) await reseal(id);
      return [{ kind: "entry", entry }];
    } catch (error) {
      if (!(error instanceof UnsealError || error instanceof z.ZodError)) throw error;
      log("error", "journal_entry_unreadable", { zoom_oauth_connection_id: id });
      return [{ kind: "unreadable", id }];
    }
  }

  return {
    put: async (entry) =>
      await replace<PutOutcome>(entry.id, async (standing) => {
        const own = toLabel(entry, currentKey);
        const verdict = compare(own, standing);
        if (verdict !== "put") {
          if (verdict === "known" && isEntry(standing) && standing.key !== currentKey) await reseal(entry.id);
          return { write: null, outcome: verdict };
        }
        return { write: await seal(entry), outcome: "put" };
      }),

    bury: async ({ id, removed_at, authorized_at, code }) =>
      await replace(id, async (standing) => {
        const isLater = isEntry(standing)
          ? standing.authorized_at > (authorized_at ?? removed_at)
          : standing !== null && standing.removed_at >= removed_at;
        const tombstone = {
          removed_at,
          ...(authorized_at === null ? {} : { authorized_at }),
          ...(code === null ? {} : { code }),
        };
        return { write: isLater ? null : ["", tombstone], outcome: undefined };
      }),

    forget: async (id) => {
      const known = await bucket.head(ENTRIES + id);
      if (known && !isEntry(readLabel(known))) await bucket.delete(ENTRIES + id);
    },

    find: async (id) => {
      const object = await bucket.get(ENTRIES + id);
      return object && (await read(object, id));
    },

    walk: async (kind, cursor, limit) => {
      const page = await bucket.list({
        prefix: ENTRIES,
        limit,
        include: ["customMetadata"],
        ...(cursor === null ? {} : { cursor }),
      });
      const wanted = page.objects.filter((object) => (kind === "entry") === isEntry(readLabel(object)));
      const items = await Promise.all(wanted.map(toItem));
      return { items: items.flat(), cursor: page.truncated ? page.cursor : null };
    },

    keep: async (name, text) => void (await bucket.put(KEPT + name, text)),
    findKept: async (name) => {
      const object = await bucket.get(KEPT + name);
      return object && { name, text: await object.text(), etag: object.etag };
    },
    listKept: async (cursor) => {
      const page = await bucket.list({
        prefix: KEPT,
        limit: MAX_KEPT,
        ...(cursor === null ? {} : { cursor }),
      });
      const names = page.objects.map(({ key }) => key.slice(KEPT.length));
      return { names, cursor: page.truncated ? page.cursor : null };
    },
    release: async ({ name, etag }) => {
      if ((await bucket.head(KEPT + name))?.etag === etag) await bucket.delete(KEPT + name);
    },
  };
}

function toLabel(entry: JournalEntry, key: string): EntryLabel {
  const { zoom_oauth_app_id: app, credentials_version, authorized_at, last_refreshed_at, updated_at } = entry;
  return { app, version: String(credentials_version), authorized_at, last_refreshed_at, updated_at, key };
}

/** Whether an entry may replace what there is: by its authorization, then by its refresh, then by the row's last change. */
function compare(own: EntryLabel, standing: Label | null): PutOutcome {
  if (standing === null) return "put";
  if (!isEntry(standing)) {
    const { removed_at, authorized_at = removed_at } = standing;
    return own.authorized_at > authorized_at ? "put" : "removed";
  }
  const [ours, theirs] = [orderOf(own), orderOf(standing)];
  if (ours !== theirs) return ours > theirs ? "put" : "known";
  return own.version === standing.version && own.key === standing.key ? "known" : "put";
}

function orderOf({ authorized_at, last_refreshed_at, updated_at }: EntryLabel): string {
  return `${authorized_at} ${last_refreshed_at} ${updated_at}`;
}

function readLabel({ customMetadata }: R2Object): Label {
  return label.parse(customMetadata);
}

function isEntry(standing: Label | null): standing is EntryLabel {
  return standing !== null && "key" in standing;
}

/** An entry opens only as that of its connection, of its app, and of its version. */
function placeOf(id: string, { app, version, ...times }: EntryLabel) {
  return {
    table: "token_journal",
    row: `${app}/${id}`,
    column: `${version} ${orderOf({ app, version, ...times })}`,
  };
}
