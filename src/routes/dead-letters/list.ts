import { listDeadLetters as findDeadLetters } from "../../db/dead-letters.ts";
import { defineList } from "../../http/list.ts";
import { deadLetter, toDeadLetter } from "./dead-letter.ts";

export const listDeadLetters = defineList({
  operationId: "listDeadLetters",
  path: "/api/v1/dead_letters",
  tag: "Administration",
  summary: "List dead letters",
  description:
    "Messages that a queue gave up, newest first. One that this release can read is tried again by itself; one that it cannot read waits until it is resent.",
  security: "admin",
  item: deadLetter,
  pageName: "DeadLetterPage",
  errors: [],
  rows: async ({ db }, { page }) => await findDeadLetters(db, page),
  show: toDeadLetter,
});
