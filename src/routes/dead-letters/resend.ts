import * as z from "zod";
import { givenId, noFields } from "../../api/fields.ts";
import { defineOperation } from "../../api/operation.ts";
import { findDeadLetterBody, markDeadLetterResent } from "../../db/dead-letters.ts";
import { sendAsItWas } from "../../queue.ts";
import { deadLetter, toDeadLetter } from "./dead-letter.ts";

export const resendDeadLetter = defineOperation({
  operationId: "resendDeadLetter",
  method: "post",
  path: "/api/v1/dead_letters/{id}/resend",
  tag: "Administration",
  summary: "Resend a dead letter",
  description:
    "Puts the message on its queue again, as it was. Work that was done already is not done twice. This operation takes no body.",
  security: "admin",
  isIdempotent: true,
  params: z.object({ id: givenId("dl", "ID of the dead letter.") }),
  body: noFields,
  status: 202,
  answer: deadLetter,
  errors: [],
  handle: async ({ db, jobs }, { params }) => {
    await sendAsItWas(jobs, await findDeadLetterBody(db, params.id));
    return toDeadLetter(await markDeadLetterResent(db, params.id));
  },
});
