// Faults of the database on command, as the service sees them: at one statement, by its name, or at every one.

import type { GatewayFault, NeonGateway } from "../../dev/neon-gateway.ts";

type Fault = Omit<GatewayFault, "matching">;

/** One fault at a time: a new one replaces the one before. Statements have their names in `src/db`. */
export interface DatabaseFaults {
  /** The statement of this name fails, `times` times or until `mendDatabase`. */
  failStatement(name: string, fault: Fault): void;
  /** The statement of this name fails, and everything after it, whatever it is. */
  failFromStatement(name: string, fault: Fault): void;
  /** Every statement fails. */
  failDatabase(fault: Fault): void;
  /** Ends the fault. Throws where it was meant for a statement that never came: the test has proven nothing. */
  mendDatabase(): void;
  /** How often the statement has reached the database since `gateway.clearRequests`. */
  countStatements(name: string): number;
}

/** Whether the text that reached the database is the statement of this name, which travels in front of it. */
const isStatement = (name: string, text: string) => text.startsWith(`/* ${name} */`);

export function createDatabaseFaults(gateway: NeonGateway): DatabaseFaults {
  let awaited: string | null = null;

  const setFault = (fault: Fault, name: string, goesOn: boolean) => {
    awaited = name;
    const matching = (text: string) => {
      if (goesOn && awaited === null) return true;
      if (!isStatement(name, text)) return false;
      awaited = null;
      return true;
    };
    gateway.setFault({ ...fault, matching });
  };

  return {
    failStatement: (name, fault) => setFault(fault, name, false),
    failFromStatement: (name, fault) => setFault(fault, name, true),
    failDatabase: (fault) => {
      awaited = null;
      gateway.setFault(fault);
    },
    mendDatabase: () => {
      gateway.setFault(null);
      const missed = awaited;
      awaited = null;
      if (missed !== null) throw new Error(`the statement ${missed}, which was to fail, never came`);
    },
    countStatements: (name) =>
      gateway.requests.filter(({ statements }) => statements.some((text) => isStatement(name, text))).length,
  };
}
