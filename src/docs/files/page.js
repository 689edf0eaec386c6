// What the reference page does beside being read: opens the operation that the address names, finds operations, and
// sends requests to the service that it stands on. A key stays in its field and goes nowhere but into the request.

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

function openAddressed() {
  const id = decodeURIComponent(location.hash.slice(1));
  const target = id === "" ? null : document.getElementById(id);
  if (!(target instanceof HTMLDetailsElement)) return;
  target.open = true;
  target.scrollIntoView();
}

/** Leaves in view what has every word of the text in its line or its id; where nothing has, in its description. */
function filter(text) {
  const words = text.toLowerCase().split(/\s+/);
  const operations = all(".operation");
  const textOf = (operation, part) =>
    `${operation.id} ${operation.querySelector(part)?.textContent}`.toLowerCase();
  const find = (part) =>
    new Set(operations.filter((one) => words.every((word) => textOf(one, part).includes(word))));
  const inLines = find("summary");
  const found = inLines.size > 0 ? inLines : find(".columns p");
  for (const operation of operations) {
    operation.hidden = !found.has(operation);
    document.querySelector(`nav a[href="#${operation.id}"]`).parentElement.hidden = operation.hidden;
  }
  const isSearch = text.trim() !== "";
  document.querySelector(".about").hidden = isSearch;
  document.querySelector(".nothing").hidden = found.size > 0;
  for (const section of all("main > section")) {
    section.hidden = isSearch && all(".operation:not([hidden])", section).length === 0;
  }
  for (const list of all("nav ul")) {
    list.hidden = all("li:not([hidden])", list).length === 0;
    list.previousElementSibling.hidden = list.hidden;
  }
}

/** What the form asks for, as `fetch` takes it. */
function toRequest(form) {
  let path = form.dataset.path;
  const query = new URLSearchParams();
  for (const field of all("[data-in]", form)) {
    const { name, value } = field;
    if (field.dataset.in === "path") path = path.replace(`{${name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if ("object" in field.dataset) {
      const [key, ...rest] = value.split("=");
      query.set(`${name}[${key}]`, rest.join("="));
    } else query.set(name, value);
  }
  const headers = {};
  const key = form.querySelector("[data-key]")?.value;
  if (key) headers.Authorization = `Bearer ${key}`;
  const body = form.elements.body?.value;
  if (body) headers["Content-Type"] = "application/json";
  const url = query.size > 0 ? `${path}?${query}` : path;
  return { url, init: { method: form.dataset.method, headers, ...(body ? { body } : {}) } };
}

async function send(form) {
  const shown = form.querySelector("[role=status]");
  const button = form.querySelector("button");
  button.disabled = true;
  shown.replaceChildren("Waiting for the answer.");
  const { url, init } = toRequest(form);
  const start = performance.now();
  try {
    const response = await fetch(url, init);
    const text = await response.text();
    const facts = document.createElement("p");
    facts.textContent = `${response.status}, ${Math.round(performance.now() - start)} ms`;
    const answer = document.createElement("pre");
    answer.textContent = indent(text);
    shown.replaceChildren(facts, ...(text === "" ? [] : [answer]));
  } catch {
    shown.replaceChildren("No answer. Is the service running?");
  }
  button.disabled = false;
}

function indent(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

for (const form of all("form")) {
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await send(form);
  });
}

// A key that was typed once is in every form that needs it.
for (const input of all("[data-key]")) {
  input.addEventListener("input", () => {
    for (const other of all(`[data-key="${input.dataset.key}"]`)) other.value = input.value;
  });
}

for (const code of all(".curl code")) {
  code.textContent = code.textContent.replace("https://zoom.example.com", location.origin);
}

const search = document.querySelector(".filter");
search.hidden = false;
search.querySelector("input").addEventListener("input", (event) => filter(event.target.value));

addEventListener("hashchange", openAddressed);
openAddressed();
