// What the simulated Zoom remembers: clients, users, meetings, codes, grants, knobs. Knows no HTTP.

import { randomInt } from "node:crypto";
import { Grants } from "./grants.ts";
import {
  type Client,
  type ClientInput,
  type Code,
  DEFAULT_SCOPES,
  DEFAULT_SETTINGS,
  type Meeting,
  type Settings,
  type User,
} from "./records.ts";
import { codeText, idText } from "./token-text.ts";

const CODE_LIFE_MS = 5 * 60_000;
const FIRST_USER_ID = "zJKyaiAyTNC-MWjiWC18KQ";

export class State {
  clients = new Map<string, Client>();
  users = new Map<string, User>();
  codes = new Map<string, Code>();
  /** Every secret that was ever issued or told: what a log must not hold. A reset does not unsay them. */
  secrets = new Set<string>();
  settings: Settings = { ...DEFAULT_SETTINGS };
  /** Called after each change that is worth keeping. */
  onChange: () => void = () => {};
  readonly grants = new Grants((secret) => this.keepSecret(secret));
  readonly #meetings = new Map<number, Meeting>();
  readonly #meetingsByUser = new Map<string, Map<number, Meeting>>();
  readonly #initialClients: readonly ClientInput[];

  constructor(initialClients: readonly ClientInput[]) {
    this.#initialClients = initialClients;
    this.reset();
  }

  /** Back to the start: the initial clients, and one user with two meetings. */
  reset(): void {
    this.#clear();
    this.settings = { ...DEFAULT_SETTINGS };
    for (const client of this.#initialClients) this.putClient(client);
    const names = { email: "jchill@example.com", first_name: "Jill", last_name: "Chill" };
    const pmi = 3542471135;
    this.putUser({ id: FIRST_USER_ID, account_id: "q6gBJVO5TzexKYTb_I2rpg", pmi, ...names });
    this.putMeeting({ user_id: FIRST_USER_ID, id: 97763643886, topic: "Weekly" });
    this.putMeeting({ user_id: FIRST_USER_ID, id: 89211347567, topic: "Personal", pmi: String(pmi) });
  }

  /** Creates the client, or changes the given members of a known one. */
  putClient(input: ClientInput): Client {
    const client: Client = {
      webhook_secret: null,
      webhook_url: null,
      name: input.client_id,
      scopes: DEFAULT_SCOPES,
      redirect_uris: null,
      ...this.clients.get(input.client_id),
      ...input,
    };
    this.clients.set(client.client_id, client);
    this.keepSecret(client.client_secret);
    if (client.webhook_secret) this.keepSecret(client.webhook_secret);
    this.onChange();
    return client;
  }

  /** Creates the user, or changes the given members of a known one. */
  putUser(input: Partial<User>): User {
    const { id = idText(), first_name = "Sam", last_name = "Sample" } = input;
    const user: User = {
      account_id: idText(),
      email: `${id.toLowerCase()}@example.com`,
      first_name,
      last_name,
      display_name: `${first_name} ${last_name}`,
      status: "active",
      type: 2,
      pmi: randomInt(1_000_000_000, 9_999_999_999),
      vanity_url: `https://example.zoom.us/my/${id.toLowerCase()}`,
      local_recording: true,
      ...this.users.get(id),
      ...input,
      id,
    };
    this.users.set(id, user);
    this.onChange();
    return user;
  }

  /** Creates the meeting, or changes the given members of a known one. */
  putMeeting(input: Partial<Meeting> & { user_id: string }): Meeting {
    const id = input.id ?? this.#freeMeetingId();
    const known = this.#meetings.get(id);
    if (known) this.#meetingsByUser.get(known.user_id)?.delete(id);
    const meeting: Meeting = {
      uuid: `${idText().slice(0, 22)}==`,
      topic: "My Meeting",
      type: 2,
      pmi: null,
      webinar: false,
      created_at: `${new Date().toISOString().slice(0, 19)}Z`,
      ...known,
      ...input,
      id,
    };
    this.#addMeeting(meeting);
    this.onChange();
    return meeting;
  }

  findMeeting(id: number): Meeting | undefined {
    return this.#meetings.get(id);
  }

  /** In the order of their creation. */
  meetingsOf(userId: string): Meeting[] {
    return [...(this.#meetingsByUser.get(userId)?.values() ?? [])];
  }

  issueCode(input: Omit<Code, "expires_at" | "used">): string {
    const code = this.keepSecret(codeText());
    this.codes.set(code, { ...input, expires_at: Date.now() + CODE_LIFE_MS, used: false });
    this.onChange();
    return code;
  }

  keepSecret(secret: string): string {
    this.secrets.add(secret);
    return secret;
  }

  toJson() {
    return {
      clients: [...this.clients.values()],
      users: [...this.users.values()],
      meetings: [...this.#meetings.values()],
      codes: [...this.codes].filter(([, code]) => code.expires_at > Date.now()),
      ...this.grants.toJson(),
      secrets: [...this.secrets],
    };
  }

  load(json: ReturnType<State["toJson"]>): void {
    this.#clear();
    this.clients = new Map(json.clients.map((client) => [client.client_id, client]));
    this.users = new Map(json.users.map((user) => [user.id, user]));
    for (const meeting of json.meetings) this.#addMeeting(meeting);
    this.codes = new Map(json.codes);
    this.grants.load(json);
    for (const secret of json.secrets) this.keepSecret(secret);
    // The caller's clients stand above what an older run kept of them.
    for (const client of this.#initialClients) this.putClient(client);
  }

  #clear(): void {
    this.clients.clear();
    this.users.clear();
    this.codes.clear();
    this.grants.clear();
    this.#meetings.clear();
    this.#meetingsByUser.clear();
  }

  #addMeeting(meeting: Meeting): void {
    this.#meetings.set(meeting.id, meeting);
    const others = this.#meetingsByUser.get(meeting.user_id);
    if (others) others.set(meeting.id, meeting);
    else this.#meetingsByUser.set(meeting.user_id, new Map([[meeting.id, meeting]]));
  }

  #freeMeetingId(): number {
    const id = randomInt(80_000_000_000, 99_999_999_999);
    return this.#meetings.has(id) ? this.#freeMeetingId() : id;
  }
}
