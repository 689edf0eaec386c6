// Users, meetings and refused fields as Zoom's API shows them ("Get a user", "List meetings", "Get a meeting",
// "Errors").

import type { Answer } from "./http.ts";
import type { Meeting, User } from "./records.ts";

const CREATED_AT = "2018-10-31T04:32:37Z";

export function describeUser(user: User) {
  return {
    id: user.id,
    account_id: user.account_id,
    account_number: 10009239,
    email: user.email,
    first_name: user.first_name,
    last_name: user.last_name,
    display_name: user.display_name,
    type: user.type,
    role_name: "Member",
    role_id: "2",
    use_pmi: false,
    ...(user.pmi === null
      ? {}
      : { pmi: user.pmi, personal_meeting_url: `https://us04web.zoom.us/j/${user.pmi}?pwd=abc` }),
    ...(user.vanity_url === null ? {} : { vanity_url: user.vanity_url }),
    timezone: "America/Denver",
    language: "en-US",
    verified: 1,
    status: user.status,
    created_at: CREATED_AT,
    user_created_at: CREATED_AT,
    cluster: "us04",
    login_types: [100],
    group_ids: [],
    im_group_ids: [],
  };
}

/** `pmi` is a string here and a number at the user's; it is there only where the meeting was put on it. */
export function describeMeeting(meeting: Meeting) {
  return {
    uuid: meeting.uuid,
    id: meeting.id,
    host_id: meeting.user_id,
    topic: meeting.topic,
    type: meeting.type,
    start_time: meeting.created_at,
    duration: 60,
    timezone: "America/Denver",
    agenda: "",
    created_at: meeting.created_at,
    join_url: `https://us04web.zoom.us/j/${meeting.id}?pwd=abc`,
    ...(meeting.pmi === null ? {} : { pmi: meeting.pmi }),
  };
}

export function describeMeetingDetails(meeting: Meeting, host: User) {
  return {
    ...describeMeeting(meeting),
    host_email: host.email,
    status: "waiting",
    start_url: `https://us04web.zoom.us/s/${meeting.id}?zak=abc`,
    password: "abc",
    creation_source: "web_portal",
    settings: { use_pmi: meeting.pmi !== null, join_before_host: true, waiting_room: false },
  };
}

/** The room that stands behind a personal meeting id, whether or not anything is scheduled there. */
export function personalMeeting({ id: user_id, display_name, pmi }: User): Meeting {
  return {
    id: pmi ?? 0,
    uuid: `${user_id}==`,
    user_id,
    topic: `${display_name}'s Personal Meeting Room`,
    type: 4,
    pmi: String(pmi),
    webinar: false,
    created_at: CREATED_AT,
  };
}

export function invalidField(field: string): Answer {
  const errors = [{ field, message: "Invalid field." }];
  return { status: 400, body: { code: 300, message: "Validation Failed.", errors } };
}
