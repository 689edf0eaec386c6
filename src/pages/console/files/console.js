// What the console's pages gain with script: copying, the browser's own time, search as you type, and a page of one
// connection that looks again by itself. Without it everything works all the same.

const SEARCH_DELAY_MS = 250;
const REFRESH_MS = 10_000;

const said = document.getElementById("said");
const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function enhance(root) {
  for (const button of root.querySelectorAll("button.copy")) button.hidden = false;
  for (const time of root.querySelectorAll("time")) {
    time.title = time.dateTime;
    time.textContent = format.format(new Date(time.dateTime));
  }
}

document.addEventListener("click", async ({ target }) => {
  const button = target.closest("button.copy");
  if (!button) return;
  const source = button.previousElementSibling;
  await navigator.clipboard.writeText(source.value ?? source.textContent);
  const before = button.textContent;
  button.textContent = "Copied";
  said.textContent = "Copied.";
  setTimeout(() => {
    button.textContent = before;
    said.textContent = "";
  }, 2_000);
});

/** Puts the part of the page at the address in the place of this page's part, while that is still wanted. */
async function replacePart(id, url, isWanted = () => true) {
  const response = await fetch(url, { redirect: "error" });
  if (!response.ok) return;
  const next = new DOMParser().parseFromString(await response.text(), "text/html").getElementById(id);
  const now = document.getElementById(id);
  if (!next || !now || !isWanted() || next.innerHTML === now.dataset.html) return;
  next.dataset.html = next.innerHTML;
  enhance(next);
  now.replaceWith(next);
}

const search = document.querySelector("form[data-results]");
let waiting;
let asked = 0;
search?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    const url = new URL(search.action);
    for (const [name, value] of new FormData(search)) if (value) url.searchParams.set(name, value);
    const turn = ++asked;
    await replacePart(search.dataset.results, url, () => turn === asked).catch(() => {});
    if (turn === asked) history.replaceState(null, "", url);
  }, SEARCH_DELAY_MS);
});

for (const part of document.querySelectorAll("[data-live]")) {
  const { id } = part;
  part.dataset.html = part.innerHTML;
  setInterval(() => {
    const isBusy = document.hidden || document.getElementById(id)?.contains(document.activeElement);
    if (!isBusy) replacePart(id, location.href).catch(() => {});
  }, REFRESH_MS);
}

enhance(document);
