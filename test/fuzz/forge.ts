/** Messages that no honest actor sends, made from the examples of libs/protocol. */

import {
  isForAll,
  type MessageType,
  protocolVersion,
  type Role,
  type RunFields,
  subjects,
  traffic,
} from "@memnet/protocol";
import { type Example, examples } from "@memnet/protocol/testing";
import { Packr } from "msgpackr";
import type { Chance } from "./chance.ts";
import { anything, bent } from "./values.ts";

export interface Forged {
  readonly subject: string;
  /** The kind that the subject's subscribers expect. */
  readonly expected: MessageType<unknown>;
  readonly isQuestion: boolean;
  readonly bytes: Uint8Array;
}

/** The actors and the run that messages are aimed at. */
export interface Aim extends RunFields {
  readonly coordinator: string;
  readonly trainer: string;
  readonly dataEnv: string;
  readonly evaluator: string;
}

interface Target {
  readonly subjects: (aim: Aim) => readonly string[];
  readonly isQuestion: boolean;
}

const { evaluator } = subjects;
const said = (subject: (aim: Aim) => string): Target => ({
  subjects: (aim) => [subject(aim)],
  isQuestion: false,
});
const asked = (...all: readonly ((aim: Aim) => string)[]): Target => ({
  subjects: (aim) => all.map((subject) => subject(aim)),
  isQuestion: true,
});

/** The kinds that actors hear, and where. */
const targets: Readonly<Record<string, Target>> = {
  hello: said(() => subjects.hello),
  announce: said(() => subjects.announce),
  join: asked(({ run }) => subjects.run(run).join),
  step: said(({ run }) => subjects.run(run).step),
  part: said(({ run }) => subjects.run(run).parameters),
  assign: said(({ trainer }) => subjects.assign(trainer)),
  result: said(({ run }) => subjects.run(run).result),
  sum: said(({ run }) => subjects.run(run).sum),
  addend: said(({ trainer }) => subjects.addend(trainer)),
  heartbeat: said(({ run }) => subjects.run(run).heartbeat),
  goodbye: said(({ run }) => subjects.run(run).goodbye),
  batch: asked(() => subjects.batch),
  pull: asked(
    ({ coordinator }) => subjects.pull("coordinator", coordinator),
    ({ trainer }) => subjects.pull("trainer", trainer),
    ({ dataEnv }) => subjects.pull("data-env", dataEnv),
    ({ evaluator }) => subjects.pull("evaluator", evaluator),
  ),
  evaluator: said(() => evaluator.announce),
  open: asked(() => evaluator.open),
  fingerprint: asked(() => evaluator.fingerprint),
  doubt: asked(() => evaluator.doubt),
  snapshot: asked(() => evaluator.snapshot),
  progress: asked(() => evaluator.progress),
  state: asked(() => evaluator.state),
  log: said(() => evaluator.log),
  runs: asked(() => evaluator.runs),
  figures: asked(() => evaluator.figures),
  remove: asked(() => evaluator.remove),
  "store-sweep": asked(() => evaluator.storeSweep),
  sweeps: asked(() => evaluator.sweeps),
  sweep: asked(() => evaluator.sweep),
  standings: asked(() => evaluator.standings),
  curve: asked(() => evaluator.curve),
  status: asked(() => subjects.status),
  stop: asked(({ run }) => subjects.run(run).stop),
  alive: asked(({ coordinator }) => subjects.holder(coordinator)),
};

/**
 * Kinds whose well-formed messages may end the run, or say what an honest actor of that password may say. They get the
 * run's name, and another epoch or configuration.
 */
const powerful: ReadonlySet<string> = new Set([
  "announce",
  "state",
  "stop",
  "step",
  "assign",
  "fingerprint",
  "doubt",
  "snapshot",
]);

/** The roles whose actors the fuzzer runs. */
export const fuzzed = ["evaluator", "coordinator", "data-env", "trainer"] as const satisfies readonly Role[];

const heard = examples.filter(({ type }) => type.kind in targets);
const packr = new Packr({ useRecords: false, encodeUndefinedAsNil: true });

/** Subjects that the actors hear and no target names: a new kind of message needs a target here. */
export function unaimed(): readonly string[] {
  const all = {
    run: "*",
    epoch: 0,
    trainingHash: "*",
    coordinator: "*",
    trainer: "*",
    dataEnv: "*",
    evaluator: "*",
  };
  const aimed = new Set(Object.values(targets).flatMap(({ subjects }) => subjects(all)));
  return traffic
    .filter(({ publish, subscribe }) => publish.length > 0 && fuzzed.some((role) => subscribe.includes(role)))
    .map(({ subject }) => subject)
    .filter((subject) => !aimed.has(subject));
}

export function forge(chance: Chance, aim: Aim): Forged {
  const example = chance.pick(heard);
  const { subjects, isQuestion } = targets[example.type.kind]!;
  const bytes = bytesOf(chance, example, aim);
  return {
    subject: chance.pick(subjects(aim)),
    expected: example.type,
    isQuestion: isQuestion || isForAll(example.type.kind),
    bytes,
  };
}

/** Another example's kind, or the same with a field, a byte, a length or the version changed. */
export function bytesOf(chance: Chance, example: Example, aim: Aim): Uint8Array {
  const { kind } = example.type;
  const fields = aimed(chance, example, aim);
  const body: Uint8Array = chance.happens(0.3)
    ? chance.bytes(chance.pick([1, 3, 4, 250]))
    : new Uint8Array(0);
  switch (chance.whole(0, 15)) {
    case 0:
      return framed([protocolVersion, kind, fields], body);
    case 1: {
      const other = chance.pick(examples);
      return framed([protocolVersion, other.type.kind, other.fields], body);
    }
    case 2:
      return framed([anything(chance), kind, fields], body);
    case 3:
      return framed([protocolVersion, anything(chance), fields], body);
    case 4:
      return framed(anything(chance), body);
    case 5:
      return chance.bytes(chance.whole(1, 300));
    case 6: {
      const whole = framed([protocolVersion, kind, fields], body);
      return whole.subarray(0, chance.whole(1, whole.length - 1));
    }
    case 7: {
      const whole = framed([protocolVersion, kind, fields], body);
      new DataView(whole.buffer).setUint32(
        0,
        chance.pick([0, 1, 2 ** 16, 2 ** 18, 2 ** 18 + 1, 2 ** 32 - 1]),
        true,
      );
      return whole;
    }
    case 8: {
      const whole = framed([protocolVersion, kind, fields], body);
      for (let flips = chance.whole(1, 4); flips > 0; flips--)
        whole[chance.whole(0, whole.length - 1)]! ^= 1 << chance.whole(0, 7);
      return whole;
    }
    case 9:
      // Lists of one list each, and a list and a map that announce more than there is.
      return headed(
        chance.pick([new Uint8Array(chance.happens(0.1) ? 200_000 : 100).fill(0x91), lies("dd"), lies("df")]),
      );
    default:
      return framed([protocolVersion, kind, bent(chance, fields)], body);
  }
}

/** An example's fields, mostly about the run that is there. */
function aimed(chance: Chance, { type: { kind }, fields }: Example, aim: Aim): Record<string, unknown> {
  const own = fields as Record<string, unknown>;
  const { run, epoch, trainingHash } = aim;
  if (chance.happens(0.2)) return own;
  const isPowerful = powerful.has(kind);
  const times = chance.happens(0.5) && !isPowerful ? { epoch } : { epoch: chance.pick([0, epoch - 1]) };
  const said = {
    ...("run" in own && kind !== "stop" && { run }),
    ...("epoch" in own && times),
    ...("trainingHash" in own && { trainingHash }),
  };
  return { ...own, ...said };
}

function framed(header: unknown, body: Uint8Array): Uint8Array {
  return headed(packr.pack(header), body);
}

function headed(header: Uint8Array, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const start = 4 + Math.ceil(header.length / 4) * 4;
  const bytes = new Uint8Array(start + body.length);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 4);
  bytes.set(body, start);
  return bytes;
}

/** A list or map, by MessagePack's first byte, that says it has four billion elements. */
function lies(first: string): Uint8Array {
  return Uint8Array.from(Buffer.from(`${first}ffffffff0102`, "hex"));
}
