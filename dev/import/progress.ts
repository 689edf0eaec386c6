// How far an import is: a bar on a terminal, a line now and then elsewhere. Knows numbers only.

import type { Outcome } from "./journal.ts";

const BAR_WIDTH = 30;
const TERMINAL_INTERVAL_MS = 200;
const LOG_INTERVAL_MS = 10_000;

export class Progress {
  readonly counts = new Map<Outcome, number>();
  #count = 0;
  #shownAt = 0;
  readonly #startedAt = Date.now();
  readonly #total: number;
  readonly #stream: NodeJS.WriteStream;

  constructor(total: number, stream: NodeJS.WriteStream) {
    this.#total = total;
    this.#stream = stream;
  }

  add(outcome: Outcome): void {
    this.counts.set(outcome, (this.counts.get(outcome) ?? 0) + 1);
    this.#count += 1;
    const interval = this.#stream.isTTY ? TERMINAL_INTERVAL_MS : LOG_INTERVAL_MS;
    if (Date.now() - this.#shownAt >= interval) this.#show();
  }

  /** Shows the last state, and leaves its line. */
  end(): void {
    this.#show();
    if (this.#stream.isTTY) this.#stream.write("\n");
  }

  /** `1,990 connected, 10 refused` */
  describe(): string {
    const texts = [...this.counts].map(([outcome, count]) => `${count.toLocaleString("en")} ${outcome}`);
    return texts.join(", ") || "nothing";
  }

  #show(): void {
    this.#shownAt = Date.now();
    const share = this.#total === 0 ? 1 : Math.min(1, this.#count / this.#total);
    const bar = "█".repeat(Math.round(share * BAR_WIDTH)).padEnd(BAR_WIDTH, "░");
    const seconds = Math.max(1, Math.round((Date.now() - this.#startedAt) / 1000));
    const figures = `${this.#count.toLocaleString("en")} of ${this.#total.toLocaleString("en")}, ${seconds} s: ${this.describe()}`;
    this.#stream.write(this.#stream.isTTY ? `\r\u001b[2K${bar} ${figures}` : `${figures}\n`);
  }
}
