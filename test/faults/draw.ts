/** The faults, and the order and lengths in which a seed draws them. Pure. */

import { Draws, streams } from "memnet";

/** A process that is kept running: one of a cluster, or the host of a whole run. */
export type Target = "host" | "coordinator" | "evaluator" | "data-env" | `trainer ${number}`;
/** The process whose connection to NATS is meant. */
export type Link = Target | "all";

export type Fault =
  /** SIGKILL or SIGTERM, followed by a restart as a supervisor would do it. */
  | { readonly kind: "kill" | "term"; readonly target: Target }
  /** SIGKILL at the moment when a checkpoint's file is created. */
  | { readonly kind: "kill-at-checkpoint"; readonly target: "host" | "coordinator" | "evaluator" }
  /** SIGSTOP, later SIGCONT: shorter than every deadline, or longer than the deadline that others set it. */
  | { readonly kind: "pause" | "long-pause"; readonly target: Target; readonly ms: number }
  /** A straggler: stopped for nine tenths of the time. */
  | { readonly kind: "slow"; readonly target: `trainer ${number}`; readonly ms: number }
  | { readonly kind: "no-trainers"; readonly ms: number }
  | { readonly kind: "broker-kill" | "broker-pause" | "broker-long-pause"; readonly ms: number }
  /** Connections are closed and refused; or stay open and carry nothing; or carry everything late. */
  | { readonly kind: "cut" | "stall" | "delay"; readonly target: Link; readonly ms: number }
  | { readonly kind: "disk-full"; readonly ms: number };

export type Kind = Fault["kind"];

/** Reports whether a fault needs a proxy, which makes everything that a process sends and receives more expensive. */
export function harmsConnections(kind: Kind): boolean {
  return kind === "cut" || kind === "stall" || kind === "delay";
}

interface Card {
  readonly kind: Kind;
  readonly target?: Link;
  /** The range of the fault's length, in milliseconds. */
  readonly ms?: readonly [least: number, most: number];
}

/** Shorter than any deadline: the shortest is one second of a trainer's silence. */
const shortMs = [200, 800] as const;
const partitionMs = [1000, 3000] as const;
const slowMs = [3000, 6000] as const;

/**
 * Longer than others wait for the process: for a trainer 1 s, for a data-env as long as a step, for an evaluator 5 s
 * for most requests, for a coordinator 10 s until its trainers look for another run.
 */
function longMs(target: Target): readonly [number, number] {
  if (target === "coordinator") return [10_500, 12_000];
  if (target === "evaluator") return [5500, 7000];
  return [1500, 3000];
}

/**
 * The delay of a connection. It differs between connections, so that messages of different actors arrive out of order.
 */
export function delayMs(connection: number): number {
  return 5 + 7 * connection;
}

/** Every fault for a run in one process, once. SIGTERM is left out, since the run ends after it. */
const localDeck: readonly Card[] = [
  { kind: "kill", target: "host" },
  { kind: "kill-at-checkpoint", target: "host" },
  { kind: "pause", target: "host", ms: shortMs },
  { kind: "long-pause", target: "host", ms: longMs("host") },
  { kind: "disk-full", ms: partitionMs },
];

/** Every fault for a cluster, once. */
function clusterDeck(trainers: number): Card[] {
  const targets = targetsOf(trainers);
  const each = (kind: Kind, ms?: (target: Target) => readonly [number, number]): Card[] =>
    targets.map((target) => ({ kind, target, ...(ms ? { ms: ms(target) } : {}) }));
  const link = (kind: Kind): Card[] =>
    [...targets, "all" as const].map((target) => ({ kind, target, ms: partitionMs }));
  return [
    ...each("kill"),
    ...each("term"),
    ...each("pause", () => shortMs),
    ...each("long-pause", longMs),
    { kind: "kill-at-checkpoint", target: "coordinator" },
    { kind: "kill-at-checkpoint", target: "evaluator" },
    ...targets.filter(isTrainer).map((target): Card => ({ kind: "slow", target, ms: slowMs })),
    { kind: "no-trainers", ms: partitionMs },
    { kind: "broker-kill", ms: [100, 1000] },
    { kind: "broker-pause", ms: shortMs },
    { kind: "broker-long-pause", ms: [5500, 7000] },
    ...link("cut"),
    ...link("stall"),
    ...link("delay"),
    { kind: "disk-full", ms: partitionMs },
  ];
}

export function targetsOf(trainers: number): Target[] {
  const numbered = Array.from({ length: trainers }, (_, index): Target => `trainer ${index + 1}`);
  return ["coordinator", "evaluator", "data-env", ...numbered];
}

function isTrainer(target: Target): target is `trainer ${number}` {
  return target.startsWith("trainer ");
}

const kindsOf = (deck: readonly Card[]): readonly Kind[] => [...new Set(deck.map(({ kind }) => kind))];
export const kinds = kindsOf(clusterDeck(1));
/** The kinds of fault for a run in one process. */
export const localKinds = kindsOf(localDeck);

/**
 * Draws faults from a seed, without end. The deck is shuffled, dealt, and shuffled again, so that each fault comes once
 * before any is repeated.
 *
 * @param trainers the cluster's trainers; null for a run in one process
 * @param only     the kinds that are dealt
 */
export function* drawn(
  seed: number,
  trainers: number | null,
  only: readonly Kind[],
): Generator<Fault, never> {
  const deck = trainers === null ? localDeck : clusterDeck(trainers);
  const cards = deck.filter(({ kind }) => only.includes(kind));
  if (cards.length === 0)
    throw new RangeError("Cannot draw faults: there must be at least one kind, got none");
  for (let round = 0; ; round++) {
    // A stream's draws depend only on their place, so no other use of this seed is affected.
    const draws = new Draws(seed, streams.test, round, 0);
    const left = [...cards];
    while (left.length > 0) {
      const [card] = left.splice(draws.integer(0, left.length - 1), 1);
      const { kind, target, ms } = card!;
      yield {
        kind,
        ...(target === undefined ? {} : { target }),
        ...(ms === undefined ? {} : { ms: draws.integer(...ms) }),
      } as Fault;
    }
  }
}

/** A readable name, such as `SIGKILL trainer 2`. */
export function faultText(fault: Fault): string {
  const { kind } = fault;
  const target = "target" in fault ? fault.target : "";
  const lasting = "ms" in fault ? `, ${(fault.ms / 1000).toFixed(1)} s` : "";
  const verbs = target === "all" ? "hear and say" : "hears and says";
  const words: Readonly<Record<Kind, string>> = {
    kill: `SIGKILL ${target}`,
    term: `SIGTERM ${target}`,
    "kill-at-checkpoint": `SIGKILL ${target} while a checkpoint is written`,
    pause: `SIGSTOP ${target}${lasting}`,
    "long-pause": `SIGSTOP ${target}${lasting}`,
    slow: `${target} ten times slower${lasting}`,
    "no-trainers": `all trainers gone${lasting}`,
    "broker-kill": `SIGKILL nats-server, gone${lasting}`,
    "broker-pause": `SIGSTOP nats-server${lasting}`,
    "broker-long-pause": `SIGSTOP nats-server${lasting}`,
    cut: `${target} cut off NATS${lasting}`,
    stall: `${target} ${verbs} nothing${lasting}`,
    delay: `${target} ${verbs} everything late${lasting}`,
    "disk-full": `disk full${lasting}`,
  };
  return words[kind];
}

/**
 * How long the fault itself keeps the run from taking steps, whatever the run does about it.
 *
 * @param pace how long a step takes, and how long the run continues without its evaluator: for two snapshots, after
 * which it waits on purpose
 */
export function ownMs(fault: Fault, { stepMs, aheadMs }: { stepMs: number; aheadMs: number }): number {
  if (!("ms" in fault)) return 0;
  if (fault.kind === "delay") {
    // Each step waits for a message to a trainer and one back. If one trainer is late, others can do its work.
    const lateMs =
      { all: 2 * (delayMs(1) + delayMs(3)), coordinator: 2 * delayMs(0) }[fault.target as string] ?? 0;
    return (fault.ms * lateMs) / (lateMs + stepMs);
  }
  if (fault.kind === "disk-full") return Math.max(0, fault.ms - aheadMs);
  if (!("target" in fault) || ["coordinator", "host", "all"].includes(fault.target)) return fault.ms;
  if (fault.target === "evaluator") return Math.max(0, fault.ms - aheadMs);
  return 0;
}
