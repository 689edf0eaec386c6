// Which granted scopes are enough for which capability: each scope that Zoom's reference lists for the four operations.

import { describe, expect, it } from "vitest";
import { findMissingScopes, mayReadUserTokens } from "../../src/zoom/scopes.ts";

const RECORDING = { is_local_recording_token_supported: true, is_onbehalf_token_supported: false };
const ONBEHALF = { is_local_recording_token_supported: false, is_onbehalf_token_supported: true };
const BOTH = { is_local_recording_token_supported: true, is_onbehalf_token_supported: true };
const NONE = { is_local_recording_token_supported: false, is_onbehalf_token_supported: false };

const GRANULAR = "user:read:user user:read:zak meeting:read:list_meetings meeting:read:local_recording_token";
/** Enough for everything of local recording but the user. */
const REST = "user_zak:read meeting:read meeting_token:read:local_recording";

describe("findMissingScopes", () => {
  it.each([
    ["granular", GRANULAR, RECORDING, []],
    ["granular for admins", GRANULAR.replaceAll(/(?= |$)/g, ":admin"), RECORDING, []],
    ["classic", "user:read user_zak:read meeting:read meeting_token:read:local_recording", RECORDING, []],
    [
      "classic for admins",
      "user:read:admin user_zak:read meeting:read:admin meeting_token:read:admin:local_recording",
      RECORDING,
      [],
    ],
    ["onbehalf", "user:read:user user:read:token", ONBEHALF, []],
    ["onbehalf classic", "user:read", ONBEHALF, []],
    ["onbehalf from the recording set", GRANULAR, ONBEHALF, ["user:read:token"]],
    ["both", GRANULAR, BOTH, ["user:read:token"]],
    ["nothing", "", BOTH, [...GRANULAR.split(" "), "user:read:token"]],
    ["nothing for nothing", "", NONE, []],
    ["a scope that only begins alike", `${GRANULAR.replace(":zak", ":zakx")}`, RECORDING, ["user:read:zak"]],
    [
      "a scope of another service",
      "meeting:write:admin phone:write",
      ONBEHALF,
      ["user:read:user", "user:read:token"],
    ],
    // The token of local recording may come from a classic scope while the rest is granular, and the reverse.
    [
      "classic and granular together",
      "user:read:user user_zak:read meeting:read:list_meetings:admin meeting_token:read:local_recording",
      RECORDING,
      [],
    ],
    ["both, classic", `user:write ${REST}`, BOTH, []],
    ["both, classic for admins", `user:write:admin ${REST}`, BOTH, []],
    ["both, with a scope of the user alone", `user_info:read ${REST}`, BOTH, ["user:read:token"]],
    ["what every app has", "user_profile", BOTH, GRANULAR.split(" ").slice(1)],
    // Only the scope named after it gives a ZAK under users/me/zak.
    ["no ZAK from reading users", REST.replace("user_zak:read", "user:read"), RECORDING, ["user:read:zak"]],
  ])("%s", (_name, granted, capabilities, missing) => {
    expect(findMissingScopes(granted.split(" "), capabilities)).toEqual(missing);
  });

  it("keeps its order, whatever the order of the grant", () => {
    expect(findMissingScopes(["meeting:read:list_meetings", "user:read:user"], BOTH)).toEqual([
      "user:read:zak",
      "meeting:read:local_recording_token",
      "user:read:token",
    ]);
  });
});

/** What covers each call, and what looks as if it did. */
const OPERATIONS = {
  "user:read:user": {
    covered: [
      ...["user:read:user", "user:read:user:admin", "user:read", "user:read:admin"],
      ...["user:write", "user:write:admin", "user_info:read", "user_profile"],
    ],
    not: [
      ...[
        "user:read:user:master",
        "user:master",
        "user:read:master",
        "user:write:user",
        "user:read:list_users",
      ],
      ...["user:read:list_users:admin", "user_profile:admin", "user_info:write", "user:delete", "USER:READ"],
      ...["user", "user:", "account:read:admin", "contact:read", "user:read:user:admin:admin"],
    ],
  },
  "user:read:token": {
    covered: [
      ...["user:read:token", "user:read:token:admin", "user:read", "user:read:admin"],
      ...["user:write", "user:write:admin", "user_profile"],
    ],
    not: [
      ...["user:read:token:master", "user:master", "user_info:read", "user:read:user", "user:read:zak"],
      ...["user_zak:read", "user:delete:token", "user:write:token"],
    ],
  },
  "user:read:zak": {
    covered: ["user:read:zak", "user:read:zak:admin", "user_zak:read"],
    not: [
      ...["user:read:zak:master", "user:read", "user:read:admin", "user:write", "user:write:admin"],
      ...["user_profile", "user_zak:write", "user:read:token", "user_zak"],
    ],
  },
  "meeting:read:list_meetings": {
    covered: [
      ...[
        "meeting:read:list_meetings",
        "meeting:read:list_meetings:admin",
        "meeting:read",
        "meeting:read:admin",
      ],
    ],
    not: [
      ...["meeting:read:list_meetings:master", "meeting:master", "meeting:write", "meeting:write:admin"],
      ...["meeting:read:meeting", "meeting:read:list_upcoming_meetings", "meeting:read:sdk", "webinar:read"],
    ],
  },
  "meeting:read:local_recording_token": {
    covered: [
      ...["meeting:read:local_recording_token", "meeting:read:local_recording_token:admin"],
      ...["meeting_token:read:local_recording", "meeting_token:read:admin:local_recording"],
    ],
    not: [
      ...["meeting:read:local_recording_token:master", "meeting:read", "meeting:read:admin", "meeting:write"],
      ...["meeting_token:read:live_streaming", "meeting_token:read:local_archiving", "meeting_token:read"],
      ...["meeting_token:read:local_recording:admin", "meeting:read:local_archiving_token"],
    ],
  },
};

describe.each(Object.entries(OPERATIONS))("%s", (scope, { covered, not }) => {
  it.each(covered)("is covered by %s", (granted) => {
    expect(findMissingScopes([granted], BOTH)).not.toContain(scope);
  });
  it.each(not)("is not covered by %s", (granted) => {
    expect(findMissingScopes([granted], BOTH)).toContain(scope);
  });
});

describe("mayReadUserTokens", () => {
  it.each(OPERATIONS["user:read:token"].covered)("with %s", (granted) => {
    expect(mayReadUserTokens(["meeting:read", granted])).toBe(true);
  });
  it.each(OPERATIONS["user:read:token"].not)("not with %s", (granted) => {
    expect(mayReadUserTokens(["meeting:read", granted])).toBe(false);
  });
});
