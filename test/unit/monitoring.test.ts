// The dashboard and the alarms ask for metrics that exist, and the documents name each metric.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { FAMILIES } from "../../src/routes/metrics/families.ts";

const DASHBOARD = readFileSync("docs/grafana-dashboard.json", "utf8");
const ALARMS = readFileSync("docs/alarms.yml", "utf8");
const OPERATIONS = readFileSync("docs/operations.md", "utf8");

/** As Prometheus stores them. */
const METRICS = Object.entries(FAMILIES).map(([name, { type }]) =>
  type === "counter" ? `${name}_total` : name,
);
const namesIn = (text: string) => [...new Set(text.match(/\bzoom_oauth_\w+/g))].toSorted();

describe("docs/grafana-dashboard.json", () => {
  it("shows each metric, and none that does not exist", () => {
    const { panels } = JSON.parse(DASHBOARD);
    const queries = panels.flatMap(({ targets }: { targets: { expr: string }[] }) =>
      targets.map(({ expr }) => expr),
    );
    expect(namesIn(queries.join("\n"))).toEqual(METRICS.toSorted());
  });

  it("asks for counters by their growth alone, since they begin again each day", () => {
    for (const [, before] of DASHBOARD.matchAll(/(\w+\(|)zoom_oauth_\w+_total/g)) {
      expect(["increase(", "rate("]).toContain(before);
    }
  });
});

describe("docs/alarms.yml", () => {
  it("has five alarms, each with a threshold and what to do", () => {
    const alarms = ALARMS.split("- alert: ").slice(1);
    expect(alarms.length).toBe(5);
    for (const alarm of alarms)
      expect(alarm).toMatch(/expr: .* (>|==) [\s\S]*severity: (page|ticket)[\s\S]*summary: .{40}/);
  });

  it("asks for metrics that exist", () => {
    expect(METRICS).toEqual(expect.arrayContaining(namesIn(ALARMS)));
  });
});

it("docs/operations.md explains each metric, and none that does not exist", () => {
  const [, section = ""] = /^### Metrics$([\s\S]*?)^## /m.exec(OPERATIONS) ?? [];
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  expect(namesIn(rows.join("\n"))).toEqual(METRICS.toSorted());
});
