// Metrics as OpenMetrics text. https://prometheus.io/docs/specs/om/open_metrics_spec/

import type { Metrics } from "../../db/metrics.ts";
import { FAMILIES, type Family, type Sample } from "./families.ts";

export const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** The whole exposition, with its end. */
export function renderMetrics(metrics: Metrics): string {
  const families = Object.entries(FAMILIES).flatMap(([name, family]) => renderFamily(name, family, metrics));
  return `${[...families, "# EOF"].join("\n")}\n`;
}

function renderFamily(name: string, { type, unit, help, samples }: Family, metrics: Metrics): string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escapeText(help)}`,
    ...samples(metrics).flatMap((sample) => {
      const labels = labelsOf(sample);
      if (type === "gauge") return [`${name}${labels} ${sample.value}`];
      // When the counter began, so that a reader knows a new one from one that went back.
      return [`${name}_total${labels} ${sample.value}`, `${name}_created${labels} ${metrics.today}`];
    }),
  ];
}

function labelsOf({ label }: Sample): string {
  return label === undefined ? "" : `{${label.name}="${escapeText(label.value)}"}`;
}

function escapeText(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}
