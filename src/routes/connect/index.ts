// The hosted pages: from the link of a connect session to a connected Zoom user and back to the product.

import type { MiddlewareHandler } from "hono";
import { refuseShutOut } from "../../http/callers.ts";
import { limitQuery } from "../../http/input.ts";
import { type AppEnv, createRouter } from "../../http/router.ts";
import { beginAttempt } from "./begin.ts";
import { receiveAnswer } from "./callback.ts";
import { leaveSession } from "./leave.ts";
import { openLink } from "./open.ts";
import { guesserOf, showProblem } from "./problem.ts";
import { showResult } from "./result.ts";
import { CALLBACK_PATH, LINK_PATH } from "./session-link.ts";

export const connectRoutes = createRouter();

/** An address that has guessed too many links costs no more work. */
const refuseGuesses: MiddlewareHandler<AppEnv> = async (c, next) => {
  await refuseShutOut(c, guesserOf(c));
  await next();
};

connectRoutes.use(`${LINK_PATH}/*`, limitQuery);
connectRoutes.use(CALLBACK_PATH, limitQuery);
connectRoutes.get(LINK_PATH, showProblem);
connectRoutes.use(`${LINK_PATH}/:secret/*`, refuseGuesses);
connectRoutes.get(`${LINK_PATH}/:secret`, openLink);
connectRoutes.post(`${LINK_PATH}/:secret`, beginAttempt);
connectRoutes.get(`${LINK_PATH}/:secret/result`, showResult);
connectRoutes.post(`${LINK_PATH}/:secret/back`, leaveSession);
connectRoutes.get(CALLBACK_PATH, receiveAnswer);
