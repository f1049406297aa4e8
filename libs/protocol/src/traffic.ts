/**
 * Lists which roles publish and subscribe to which subjects. The users in deploy/nats/nats.conf have these permissions
 * and no more, and `memnet doctor` tests them. So a service that uses a new subject needs an entry here first.
 */

import { queueKinds, queueStream, type Role, roles, subjects } from "./subjects.ts";

/** A subject, with `*` in place of a run or an actor, and the roles that publish and subscribe to it. */
export interface Traffic {
  readonly subject: string;
  readonly publish: readonly Role[];
  readonly subscribe: readonly Role[];
}

const services: readonly Role[] = ["coordinator", "trainer", "data-env", "evaluator", "worker"];
/** A worker's process speaks for the coordinators of its runs; their trainers and data-envs are within it. */
const coordinators: readonly Role[] = ["coordinator", "worker"];
const { evaluator } = subjects;
const run = subjects.run("*");

export const traffic: readonly Traffic[] = [
  from(services, subjects.hello, ...coordinators, "evaluator"),
  from(coordinators, subjects.announce, ...coordinators, "trainer", "operator"),
  from(["evaluator", "operator"], subjects.status, ...services),
  from(["trainer"], subjects.batch, "data-env"),

  from(["evaluator"], evaluator.announce, "evaluator"),
  from(coordinators, evaluator.open, "evaluator"),
  from(coordinators, evaluator.fingerprint, "evaluator"),
  from(coordinators, evaluator.doubt, "evaluator"),
  from(coordinators, evaluator.snapshot, "evaluator"),
  from(coordinators, evaluator.progress, "evaluator"),
  from(coordinators, evaluator.state, "evaluator"),
  from(["evaluator"], evaluator.evaluation, "operator"),
  from([...coordinators, "trainer"], evaluator.log, "evaluator"),
  from(["operator"], evaluator.runs, "evaluator"),
  from(["operator"], evaluator.figures, "evaluator"),
  from(["operator"], evaluator.remove, "evaluator"),
  from(["operator"], evaluator.storeSweep, "evaluator"),
  from(["operator"], evaluator.sweeps, "evaluator"),
  from(["operator"], evaluator.sweep, "evaluator"),
  from(["operator"], evaluator.standings, "evaluator"),
  from(["operator"], evaluator.curve, "evaluator"),

  from(["coordinator"], run.step, "trainer"),
  from(["coordinator"], run.parameters, "trainer"),
  from(["trainer"], run.join, "coordinator"),
  from(["trainer"], run.result, "coordinator"),
  from(["trainer"], run.sum, "coordinator"),
  from(["trainer"], run.heartbeat, "coordinator"),
  from(["trainer"], run.goodbye, "coordinator"),
  from(["operator"], run.stop, ...coordinators),
  from(["coordinator"], subjects.assign("*"), "trainer"),
  from(["trainer"], subjects.addend("*"), "trainer"),
  from(["evaluator"], subjects.holder("*"), ...coordinators),

  // Snapshots, and parameters that were missed; gradients; batches; checkpoints. No role pulls from an operator.
  from(["trainer", "evaluator"], subjects.pull("coordinator", "*"), ...coordinators),
  from(["coordinator", "trainer"], subjects.pull("trainer", "*"), "trainer"),
  from(["trainer"], subjects.pull("data-env", "*"), "data-env"),
  from(coordinators, subjects.pull("evaluator", "*"), "evaluator"),
  from([], subjects.pull("operator", "*"), "operator"),
  from([], subjects.pull("worker", "*"), "worker"),

  // The queue of runs, which the server itself keeps.
  ...queueKinds.map((kind) => from(["operator"], subjects.queued(kind, "*", "*"))),
  from(["operator"], `$JS.API.STREAM.PURGE.${queueStream}`),
  from(["operator", "worker"], `$JS.API.STREAM.CREATE.${queueStream}`),
  from(["operator", "worker"], `$JS.API.STREAM.INFO.${queueStream}`),
  from(["worker"], `$JS.API.CONSUMER.CREATE.${queueStream}.*.>`),
  from(["worker"], `$JS.API.CONSUMER.INFO.${queueStream}.*`),
  from(["worker"], `$JS.API.CONSUMER.MSG.NEXT.${queueStream}.*`),
  from(["worker"], `$JS.ACK.${queueStream}.>`),

  // Answers: the server lets the receiver of a request publish to the requester's inbox, once.
  ...roles.map((role) => from([], `${subjects.inbox(role, "*")}.*`, role)),
  // The NATS library's own requests, to JetStream.
  ...(["operator", "worker"] as const).map((role) => from([], `${subjects.inbox(role, "*")}.*.*`, role)),
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
