// Tells the queue of deliveries that the database has; where the queue is away, the clock finds them.

import type { Deps } from "../deps.ts";
import { describeError, log } from "../log.ts";

/** As many messages as Cloudflare's queues take at once. */
const BATCH_SIZE = 100;

/** Never throws. */
export async function announce(
  { jobs }: Deps,
  deliveryIds: readonly string[],
  delaySeconds = 0,
): Promise<void> {
  try {
    for (let start = 0; start < deliveryIds.length; start += BATCH_SIZE) {
      const ids = deliveryIds.slice(start, start + BATCH_SIZE);
      const messages = ids.map((id) => ({
        body: { type: "deliver_webhook" as const, webhook_delivery_id: id },
      }));
      await jobs.sendBatch(messages, { delaySeconds });
    }
  } catch (error) {
    log("warn", "deliveries_not_announced", { count: deliveryIds.length, ...describeError(error) });
  }
}
