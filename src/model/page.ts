// A page of a list: newest first, by creation time and id.

export interface PageRequest {
  /** The number of objects on the page. */
  size: number;
  /** Seen from `from`. A page of newer rows comes in ascending order, the nearest first. */
  direction: "older" | "newer";
  /** The row that the page starts behind; null: at the newest. */
  from: { createdAt: string; id: string } | null;
}
