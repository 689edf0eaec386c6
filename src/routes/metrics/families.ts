// The metrics by name: what each one says, and where its samples come from.

import type { Metrics } from "../../db/metrics.ts";
import type { Counted } from "../../model/statistics.ts";

/** A value, and the label that tells it from the others of its family where there are several. */
export interface Sample {
  label?: { name: string; value: string };
  value: number;
}

export interface Family {
  /** A counter begins at 0 at midnight in UTC. */
  type: "gauge" | "counter";
  unit?: "seconds";
  help: string;
  samples(metrics: Metrics): Sample[];
}

/** The families by their names, without the ending of a counter's samples. */
export const FAMILIES: Record<string, Family> = {
  zoom_oauth_connections: {
    type: "gauge",
    help: "Connections by state.",
    samples: ({ connection_counts }) => labelled("state", Object.entries(connection_counts)),
  },
  zoom_oauth_due_work: {
    type: "gauge",
    help: "Connections whose refresh or sync is due. Counted up to 100000.",
    samples: ({ due_work }) =>
      labelled(
        "work",
        Object.entries(due_work).map(([work, { count }]) => [work, count]),
      ),
  },
  zoom_oauth_due_work_oldest_age_seconds: {
    type: "gauge",
    unit: "seconds",
    help: "How long the oldest due refresh or sync has been due.",
    samples: ({ due_work }) =>
      labelled(
        "work",
        Object.entries(due_work).map(([work, { oldest_age_seconds }]) => [work, oldest_age_seconds]),
      ),
  },
  zoom_oauth_webhook_deliveries_waiting: {
    type: "gauge",
    help: "Webhook deliveries that wait for an attempt. Counted up to 100000.",
    samples: ({ deliveries }) => [{ value: deliveries.count }],
  },
  zoom_oauth_webhook_deliveries_oldest_age_seconds: {
    type: "gauge",
    unit: "seconds",
    help: "How long the next attempt of the oldest waiting webhook delivery has been due.",
    samples: ({ deliveries }) => [{ value: deliveries.oldest_age_seconds }],
  },
  zoom_oauth_dead_letters: {
    type: "gauge",
    help: "Messages that a queue gave up within the last 24 hours.",
    samples: ({ dead_letters }) => [{ value: dead_letters }],
  },
  zoom_oauth_apps_marked: {
    type: "gauge",
    help: "Zoom OAuth apps whose client secret Zoom refuses.",
    samples: ({ marked_apps }) => [{ value: marked_apps }],
  },
  zoom_oauth_sealed_texts: {
    type: "gauge",
    help: "Encrypted texts in the database by master key.",
    samples: ({ texts_by_key }) =>
      labelled(
        "master_key",
        texts_by_key.map(({ key_id, count }) => [key_id, count]),
      ),
  },
  zoom_oauth_connects: total("connected", "Connections that were created or connected again."),
  zoom_oauth_disconnects: byReason("disconnected", "Connections that ended, by reason."),
  zoom_oauth_refreshes: total("refreshed", "Refreshes for which Zoom gave a new token set."),
  zoom_oauth_failed_refreshes: byReason("refresh_failed", "Refreshes that led to nothing, by reason."),
  zoom_oauth_tokens_issued: total("token_issued", "Tokens of any kind that were handed out."),
  zoom_oauth_webhook_deliveries_succeeded: total("delivery_succeeded", "Webhook deliveries that arrived."),
  zoom_oauth_webhook_deliveries_failed: total("delivery_failed", "Webhook deliveries that were given up."),
};

function labelled(name: string, entries: [string, number][]): Sample[] {
  return entries.map(([value, sample]) => ({ label: { name, value }, value: sample }));
}

function total(counted: Counted, help: string): Family {
  const samples = ({ todays_counts }: Metrics) => [
    {
      value: todays_counts.reduce((sum, entry) => sum + (entry.counted === counted ? entry.count : 0), 0),
    },
  ];
  return { type: "counter", help, samples };
}

function byReason(counted: Counted, help: string): Family {
  const samples = ({ todays_counts }: Metrics) =>
    labelled(
      "reason",
      todays_counts
        .filter((entry) => entry.counted === counted)
        .map(({ reason, count }) => [reason ?? "unknown", count]),
    );
  return { type: "counter", help, samples };
}
