/** Checks NATS: whether it is reachable, its version and limits, a role's permissions, and the connected actors. */

import { type Fields, messages, permissionsOf, type Role, subjects } from "@memnet/protocol";
import {
  type ConnectionSettings,
  ConnectTimeoutError,
  connectBus,
  createMetrics,
  inspectNats,
  Messenger,
  type PermissionError,
  payloadProblem,
  type ServerFacts,
  silentLog,
  systemClock,
} from "@memnet/service";
import { connectTo, duration, type Reach } from "@memnet/terminal";
import { grouped } from "memnet";
import { memnetCommand } from "../shell.ts";
import { doubtful, type Finding, failed, well } from "./finding.ts";

/** A running server answers at once; this allows for one that is about to start. */
const connectMsMax = 3000;
/** Actors answer within milliseconds, or a little later on a busy machine. */
const answerMs = 1000;

type Status = Extract<Fields<typeof messages.status>, { ok: true }>;

export async function natsFindings(
  connection: ConnectionSettings,
  address: string,
  role: Role,
): Promise<Finding[]> {
  const asking = { ...connection, role, log: silentLog, connectTimeoutMs: connectMsMax };
  const found: Finding[] = [];
  let refusals: readonly PermissionError[];
  let usable: boolean;
  try {
    await using inspection = await inspectNats(asking);
    refusals = await inspection.refusals();
    found.push(...serverFindings(address, connection.user, inspection.server));
    usable = payloadProblem(inspection.server.payloadBytesMax) === null;
  } catch (error) {
    if (error instanceof ConnectTimeoutError) return [failed("NATS", error.message, error.problem.advice)];
    throw error;
  }
  found.push(permissionFinding(role, refusals));
  const asks = permissionsOf(role).publish.includes(subjects.status);
  // If a permission is missing or the payload limit is too low, these requests would be refused too.
  if (asks && usable && refusals.length === 0) found.push(...(await presence(asking)));
  return found;
}

/** Pure. */
export function serverFindings(address: string, user: string | undefined, server: ServerFacts): Finding[] {
  const { name, version, payloadBytesMax, headers, encrypted, roundTripMs } = server;
  const as = user === undefined ? "without a user" : `as user ${user}`;
  const how = encrypted ? "over TLS" : "without TLS";
  const text = `${address}, server ${name}, version ${version}, round trip ${roundTripMs.toFixed(1)} ms, ${as}, ${how}`;
  const problem = payloadProblem(payloadBytesMax);
  return [
    well("NATS", text),
    problem
      ? failed("NATS limits", problem.text, problem.advice)
      : well("NATS limits", `max_payload ${grouped(payloadBytesMax)}`),
    ...(headers
      ? []
      : [failed("NATS headers", "the server has none", "remove no_header_support from its configuration")]),
  ];
}

/** Pure. */
export function permissionFinding(role: Role, refusals: readonly PermissionError[]): Finding {
  if (refusals.length === 0) return well("permissions", `all that the role ${role} needs`);
  const what = (wanted: PermissionError["action"], words: string) => {
    const named = refusals.filter(({ action }) => action === wanted).map(({ subject }) => subject);
    return named.length === 0 ? [] : [`${words} ${named.join(", ")}`];
  };
  const text = [...what("publish", "may not publish to"), ...what("subscribe", "may not subscribe to")];
  return failed(
    "permissions",
    `the role ${role} ${text.join(", and ")}`,
    "use the role's own user, or give it these, as deploy/nats/nats.conf does; --role names another role",
  );
}

async function presence(asking: ConnectionSettings & { role: Role }): Promise<Finding[]> {
  const metrics = createMetrics({ service: "doctor", processMetrics: false });
  const bus = await connectBus({ ...asking, log: silentLog, metrics, connectTimeoutMs: connectMsMax });
  try {
    return await presenceOn(new Messenger({ bus, clock: systemClock, log: silentLog, metrics }));
  } finally {
    await bus.close();
  }
}

/** Counts the actors in a launcher's process. */
export async function presenceAt(reach: Reach): Promise<Finding[]> {
  await using operator = await connectTo(reach, process.env);
  return await presenceOn(operator.messenger);
}

async function presenceOn(messenger: Messenger): Promise<Finding[]> {
  const { askStatus, status } = messages;
  return presenceFindings(await messenger.askAll(askStatus, status, subjects.status, {}, answerMs));
}

/** The consequence of having no actor of a role. */
const missed: readonly (readonly [role: Role, meaning: string])[] = [
  ["evaluator", "no run can begin"],
  ["coordinator", "no run trains"],
  ["trainer", "runs wait for one"],
  ["data-env", "trainers make their own batches"],
];

/** Pure. */
export function presenceFindings(
  actors: readonly Pick<Status, "role" | "id" | "waitsFor" | "waitsSeconds">[],
): Finding[] {
  const counted = missed.map(([role, meaning]) => {
    const count = actors.filter((actor) => actor.role === role).length;
    return count > 0
      ? well("actors", `${role}: ${count}`)
      : doubtful("actors", `${role}: none`, `${meaning}: start \`${memnetCommand([role])}\``);
  });
  const waiting = actors.flatMap(({ role, id, waitsFor, waitsSeconds }) => {
    if (waitsFor === null) return [];
    const since = waitsSeconds === null ? "" : ` (${duration(waitsSeconds)})`;
    return [doubtful("actors", `${role} ${id} waits for ${waitsFor}${since}`, "see its log")];
  });
  return [...counted, ...waiting];
}
