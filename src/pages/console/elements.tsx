// The small parts that pages of the console are made of.

import type { Child, PropsWithChildren } from "hono/jsx";

/** What a state means for the person who looks: `good`, `bad`, to be looked at, or nothing. */
export type Tone = "good" | "bad" | "warn" | "quiet";

export function Badge({ tone, children }: PropsWithChildren<{ tone: Tone }>) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** A long id or address, which can be copied. */
export function Id({ children }: { children: string }) {
  return (
    <span class="id">
      <code>{children}</code>
      <button type="button" class="copy" hidden aria-label={`Copy ${children.slice(0, 80)}`}>
        Copy
      </button>
    </span>
  );
}

/** A long name, which breaks behind its dots, slashes and underscores where it does not fit. */
export function Long({ children }: { children: string }) {
  return <>{children.split(/(?<=[._/])/).map((part) => [part, <wbr />])}</>;
}

/** A text that was made this once, in a field that can be copied without script too. */
export function Secret({ label, value }: { label: string; value: string }) {
  return (
    <div class="field secret">
      <label for="secret">{label}</label>
      <span>
        <input id="secret" readonly value={value} autocomplete="off" spellcheck={false} />
        <button type="button" class="copy" hidden aria-label={`Copy: ${label}`}>
          Copy
        </button>
      </span>
    </div>
  );
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A moment in UTC; the script shows it in the browser's own time. */
export function Time({ at, none = "never" }: { at: string | null; none?: string }) {
  if (at === null) return <span class="quiet">{none}</span>;
  const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T(\d+:\d+)/.exec(at) ?? [];
  return (
    <time datetime={at}>
      {Number(day)} {MONTHS[Number(month) - 1]} {year}, {time} UTC
    </time>
  );
}

/** A sentence of the API's, with its moments as {@link Time} shows them. */
export function WithTimes({ text }: { text: string }) {
  const parts = text.split(/(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/);
  // The pattern is a group, so that what it found stands at the odd places.
  return <>{parts.map((part, index) => (index % 2 === 1 ? <Time at={part} /> : part))}</>;
}

/** A day: `2025-01-31` as `31 Jan`. */
export function toDay(date: string): string {
  return `${Number(date.slice(8, 10))} ${MONTHS[Number(date.slice(5, 7)) - 1]}`;
}

/** Names and what they stand for. */
export function Facts({ facts }: { facts: readonly (readonly [string, Child])[] }) {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Card({ title, id, children }: PropsWithChildren<{ title: string; id?: string }>) {
  return (
    <section class="card" id={id}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

export function Empty({ title, children }: PropsWithChildren<{ title: string }>) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** A table that becomes a list of cards where the window is narrow: each cell then says its column. */
export function Table({
  caption,
  columns,
  rows,
}: {
  caption: string;
  columns: readonly string[];
  rows: readonly (readonly Child[])[];
}) {
  return (
    <table class="rows">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col">{column}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr>
            {cells.map((cell, index) => (
              <td data-column={columns[index]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The ways to the pages beside this one of a list. */
export function Pager({ previous, next }: { previous: string | null; next: string | null }) {
  if (previous === null && next === null) return null;
  return (
    <nav class="pager" aria-label="Pages">
      {previous === null ? <span /> : <a href={previous}>Newer</a>}
      {next === null ? <span /> : <a href={next}>Older</a>}
    </nav>
  );
}

/** A button that changes something. */
export function Action({
  to,
  kind = "",
  fields = {},
  children,
}: PropsWithChildren<{ to: string; kind?: "primary" | "danger" | ""; fields?: Record<string, string> }>) {
  return (
    <form method="post" action={to}>
      {Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit" class={kind}>
        {children}
      </button>
    </form>
  );
}

/** A button that ends something for good. It opens first, says what will happen, and is pressed then; no script is needed. */
export function FinalAction({ to, label, children }: PropsWithChildren<{ to: string; label: string }>) {
  return (
    <details class="final">
      <summary class="button danger">{label}</summary>
      <form class="ending" method="post" action={to}>
        <p>{children}</p>
        <button type="submit" class="danger">
          {label} for good
        </button>
      </form>
    </details>
  );
}

export function Field({
  name,
  label,
  hint,
  ...input
}: {
  name: string;
  label: string;
  hint?: string | undefined;
  type?: "text" | "password" | "url" | "search";
  value?: string | undefined;
  required?: boolean;
  autocomplete?: string;
  placeholder?: string;
}) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <input
        id={name}
        name={name}
        type="text"
        autocomplete="off"
        spellcheck={false}
        aria-describedby={hint ? `${name}-hint` : undefined}
        {...input}
      />
      {hint && (
        <p class="hint" id={`${name}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

export function Choice({
  name,
  label,
  value,
  options,
}: {
  name: string;
  label: string;
  value: string | undefined;
  options: readonly (readonly [string, string])[];
}) {
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <select id={name} name={name}>
        {options.map(([option, text]) => (
          <option value={option} selected={option === (value ?? "")}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

/** Boxes to tick, of which each sends the field's name. */
export function Ticks({
  name,
  label,
  options,
}: {
  name: string;
  label: string;
  options: readonly { value: string; text: string; isTicked?: boolean }[];
}) {
  return (
    <fieldset>
      <legend>{label}</legend>
      {options.map(({ value, text, isTicked }) => (
        <label class="tick">
          <input type="checkbox" name={name} value={value} checked={isTicked} />
          <span>
            <Long>{text}</Long>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
