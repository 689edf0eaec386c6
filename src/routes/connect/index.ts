// The hosted pages: from the link of a connect session to a connected Zoom user and back to the product.

import { createRouter } from "../../http/router.ts";
import { beginAttempt } from "./begin.ts";
import { receiveAnswer } from "./callback.ts";
import { leaveSession } from "./leave.ts";
import { openLink } from "./open.ts";
import { showProblem } from "./problem.ts";
import { showResult } from "./result.ts";
import { CALLBACK_PATH, LINK_PATH } from "./session-link.ts";

export const connectRoutes = createRouter();

connectRoutes.get(LINK_PATH, showProblem);
connectRoutes.get(`${LINK_PATH}/:secret`, openLink);
connectRoutes.post(`${LINK_PATH}/:secret`, beginAttempt);
connectRoutes.get(`${LINK_PATH}/:secret/result`, showResult);
connectRoutes.post(`${LINK_PATH}/:secret/back`, leaveSession);
connectRoutes.get(CALLBACK_PATH, receiveAnswer);
