// Tells the queue of deliveries that the database has; where the queue is away, a cron run finds them.

import { describeError, log } from "../log.ts";
import { sendAll } from "../queue.ts";
import type { Scope } from "../scope.ts";

/** Never throws. */
export async function announce(
  { jobs }: Scope,
  deliveryIds: readonly string[],
  delaySeconds = 0,
): Promise<void> {
  try {
    const messages = deliveryIds.map((id) => ({ type: "deliver_webhook" as const, webhook_delivery_id: id }));
    await sendAll(jobs, messages, { delaySeconds });
  } catch (error) {
    log("warn", "deliveries_not_announced", { count: deliveryIds.length, ...describeError(error) });
  }
}
