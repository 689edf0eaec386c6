// Why Zoom refuses a Zoom OAuth app, as it is remembered with the app.

export const APP_REFUSALS = ["credentials", "disabled"] as const;
export type AppRefusal = (typeof APP_REFUSALS)[number];
