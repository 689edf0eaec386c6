// Lists: a promise of one page, and at the same time an iteration over every object from there on.

/** What every page of a list has. */
export interface Page {
  /** The URL of the next page, with older objects. */
  next: string | null;
  results: unknown[];
}

/** `readPage` reads the page at a cursor; the first one is asked for at once. */
export function createList(
  readPage: (cursor?: string) => Promise<Page>,
): Promise<Page> & AsyncIterable<unknown> {
  const first = readPage();
  return Object.assign(first, { [Symbol.asyncIterator]: () => iterate(first, readPage) });
}

async function* iterate(first: Promise<Page>, readPage: (cursor: string) => Promise<Page>) {
  let page = await first;
  yield* page.results;
  while (page.next !== null) {
    // Only the cursor: the key is never sent to an address that an answer names.
    page = await readPage(new URL(page.next).searchParams.get("cursor") ?? "");
    yield* page.results;
  }
}
