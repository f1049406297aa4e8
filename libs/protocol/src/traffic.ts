/**
 * Lists which roles publish and subscribe to which subjects. The users in deploy/nats/nats.conf have these permissions
 * and no more, and `memnet doctor` tests them. So a service that uses a new subject needs an entry here first.
 */

import { type Role, roles, subjects } from "./subjects.ts";

/** A subject, with `*` in place of a run or an actor, and the roles that publish and subscribe to it. */
export interface Traffic {
  readonly subject: string;
  readonly publish: readonly Role[];
  readonly subscribe: readonly Role[];
}

const services: readonly Role[] = ["coordinator", "trainer", "data-env", "evaluator"];
const { evaluator } = subjects;
const run = subjects.run("*");

export const traffic: readonly Traffic[] = [
  from(services, subjects.hello, "coordinator", "evaluator"),
  from(["coordinator"], subjects.announce, "coordinator", "trainer", "operator"),
  from(["evaluator", "operator"], subjects.status, ...services),
  from(["trainer"], subjects.batch, "data-env"),

  from(["evaluator"], evaluator.announce, "evaluator"),
  from(["coordinator"], evaluator.open, "evaluator"),
  from(["coordinator"], evaluator.fingerprint, "evaluator"),
  from(["coordinator"], evaluator.snapshot, "evaluator"),
  from(["coordinator"], evaluator.progress, "evaluator"),
  from(["coordinator"], evaluator.state, "evaluator"),
  from(["evaluator"], evaluator.evaluation, "operator"),
  from(["coordinator", "trainer"], evaluator.log, "evaluator"),
  from(["operator"], evaluator.runs, "evaluator"),
  from(["operator"], evaluator.figures, "evaluator"),
  from(["operator"], evaluator.remove, "evaluator"),
  from(["operator"], evaluator.storeSweep, "evaluator"),
  from(["operator"], evaluator.sweeps, "evaluator"),
  from(["operator"], evaluator.sweep, "evaluator"),

  from(["coordinator"], run.step, "trainer"),
  from(["trainer"], run.join, "coordinator"),
  from(["trainer"], run.result, "coordinator"),
  from(["trainer"], run.heartbeat, "coordinator"),
  from(["trainer"], run.goodbye, "coordinator"),
  from(["operator"], run.stop, "coordinator"),
  from(["coordinator"], subjects.assign("*"), "trainer"),
  from(["evaluator"], subjects.holder("*"), "coordinator"),

  // Parameters and snapshots; gradients; batches; checkpoints. No role pulls from an operator.
  from(["trainer", "evaluator"], subjects.pull("coordinator", "*"), "coordinator"),
  from(["coordinator"], subjects.pull("trainer", "*"), "trainer"),
  from(["trainer"], subjects.pull("data-env", "*"), "data-env"),
  from(["coordinator"], subjects.pull("evaluator", "*"), "evaluator"),
  from([], subjects.pull("operator", "*"), "operator"),

  // Answers: the server lets the receiver of a request publish to the requester's inbox, once.
  ...roles.map((role) => from([], `${subjects.inbox(role, "*")}.*`, role)),
];

export interface Permissions {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

/** Returns the permissions that a role's user needs. */
export function permissionsOf(role: Role): Permissions {
  const subjectsOf = (side: "publish" | "subscribe") =>
    traffic.filter((one) => one[side].includes(role)).map(({ subject }) => subject);
  return { publish: subjectsOf("publish"), subscribe: subjectsOf("subscribe") };
}

function from(publish: readonly Role[], subject: string, ...subscribe: readonly Role[]): Traffic {
  return { subject, publish, subscribe };
}
