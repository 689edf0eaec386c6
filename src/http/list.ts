// Lists: pages of objects, newest first, with cursors in and absolute URLs out. A cursor names the place between two
// objects by the creation time and the id of one of them, so that pages hold while others are created and deleted.

import * as z from "zod";
import { DEFAULT_PAGE_SIZE, pageOf, paging } from "../api/fields.ts";
import type {
  Input,
  Operation,
  OperationDescription,
  ScopeNamed,
  ScopeOf,
  Security,
} from "../api/operation.ts";
import { invalidRequest } from "../errors.ts";
import type { PageRequest } from "../model/page.ts";
import type { Scope } from "../scope.ts";
import { refuseInput } from "./input.ts";

const CURSOR =
  /^(?<direction>[no])\|(?<createdAt>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z)\|(?<id>[A-Za-z0-9_]{1,64})$/;

interface Listed {
  id: string;
  created_at: string;
}

interface ListDescription<
  S extends Security,
  Params extends z.ZodObject,
  Filters extends z.ZodRawShape,
  Item extends z.ZodType,
  Row extends Listed,
> extends Omit<
    OperationDescription<S, Params, z.ZodObject, z.ZodType, null>,
    "method" | "query" | "body" | "status" | "answer"
  > {
  /** Query parameters beside those of paging. */
  filters?: Filters;
  item: Item;
  /** The page's name in the OpenAPI document. */
  pageName: string;
  /** The rows of the page, one more than it holds where there are more, in the direction of the request. */
  rows(
    scope: ScopeOf<S>,
    input: {
      params: z.output<Params>;
      filters: Omit<z.output<z.ZodObject<Filters>>, keyof typeof paging>;
      page: PageRequest;
    },
  ): Promise<Row[]>;
  /** The item of a row. */
  show(row: Row, request: Input<Params, z.ZodObject, z.ZodType>["request"]): z.input<Item>;
}

type PageOf<Item extends z.ZodType> = ReturnType<typeof pageOf<Item>>;

/** An operation that answers with a page of a list. */
export function defineList<
  S extends Security,
  Item extends z.ZodType,
  Row extends Listed,
  Params extends z.ZodObject = z.ZodObject,
  Filters extends z.ZodRawShape = z.ZodRawShape,
>(
  list: ListDescription<S, Params, Filters, Item, Row> & ScopeNamed<S>,
): Operation<S, Params, z.ZodObject, z.ZodType, PageOf<Item>> {
  const { filters, item, pageName, rows, show, ...description } = list as ListDescription<
    S,
    Params,
    Filters,
    Item,
    Row
  >;
  const operation: Operation<S, Params, z.ZodObject, z.ZodType, PageOf<Item>> = {
    ...description,
    method: "get",
    query: z.strictObject({ ...paging, ...filters }) as z.ZodObject,
    status: 200,
    answer: pageOf(item).meta({ id: pageName }),
    handle: async (scope: ScopeOf<S>, { params, query, request }) => {
      const { page_size, cursor, ...others } = query as PagingQuery;
      const page = await toPageRequest(scope, { page_size, cursor });
      const found = await rows(scope, { params: params as z.output<Params>, filters: others as never, page });
      return toPage(request.url, page, found, (row) => show(row, request)) as never;
    },
  };
  return operation;
}

interface PagingQuery {
  page_size?: number | undefined;
  cursor?: string | undefined;
}

/** The page that a query asks for. An unreadable cursor is refused (400). */
async function toPageRequest(scope: Scope, query: PagingQuery): Promise<PageRequest> {
  const size = query.page_size ?? DEFAULT_PAGE_SIZE;
  if (query.cursor === undefined) return { size, direction: "older", from: null };
  const cursor = CURSOR.exec(decodeCursor(query.cursor))?.groups as
    | { direction: string; createdAt: string; id: string }
    | undefined;
  if (!cursor || !isDate(cursor.createdAt)) {
    return await refuseInput(
      scope,
      invalidRequest({ cursor: ["Must be taken from the next or previous URL of another page."] }),
    );
  }
  const { direction, createdAt, id } = cursor;
  return { size, direction: direction === "n" ? "newer" : "older", from: { createdAt, id } };
}

function toPage<Row extends Listed, Result>(
  url: URL,
  { size, direction, from }: PageRequest,
  rows: Row[],
  show: (row: Row) => Result,
): { next: string | null; previous: string | null; results: Result[] } {
  const isMore = rows.length > size;
  const page = rows.slice(0, size);
  if (direction === "newer") page.reverse();
  const [first, last] = [page[0], page.at(-1)];
  // A cursor was made next to objects, so there are some on the side that it came from.
  const hasOlder = direction === "older" ? isMore : from !== null;
  const hasNewer = direction === "newer" ? isMore : from !== null;
  return {
    next: hasOlder && last ? link(url, "o", last) : null,
    previous: hasNewer && first ? link(url, "n", first) : null,
    results: page.map(show),
  };
}

/** Whether there is such a day: Date.parse takes the 31st of February for one in March. */
function isDate(time: string): boolean {
  const date = new Date(time);
  return (
    !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === time.slice(0, 19) && time >= "0001"
  );
}

function link(url: URL, direction: "n" | "o", { created_at, id }: Listed): string {
  const page = new URL(url);
  page.searchParams.set("cursor", encodeCursor(`${direction}|${created_at}|${id}`));
  return page.href;
}

function encodeCursor(text: string): string {
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function decodeCursor(cursor: string): string {
  try {
    return atob(cursor.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}
