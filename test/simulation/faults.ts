/**
 * Draws what fails and when. All of it is drawn from the seed in advance, so that it can be printed before it happens.
 */

import type { Chance } from "./chance.ts";
import type { Weather } from "./network.ts";
import { forger, greedy, honest, type Lie, liar, lies, livingDead, type Twist } from "./twists.ts";
import { type Living, type SlotName, slots, type World } from "./world.ts";

export interface Fault {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly kind: string;
  readonly text: string;
  readonly inflict: (world: World) => void;
}

/** Faults begin within this time, which is as long as a run without faults. */
const spanMs = 6000;
const faultsMax = 8;
/** Further faults, which strike at the worst moments. */
const worstMax = 3;

const trainers = ["trainer1", "trainer2", "trainer3"] as const;

const worstMoment = "worst moment";

type Kind = (chance: Chance) => { text: string; inflict: (world: World) => void };

const kinds: Record<string, Kind> = {
  kill(chance) {
    const slot = chance.pick(slots);
    return { text: slot, inflict: (world) => each(world, slot, (one) => world.kill(one)) };
  },
  terminate(chance) {
    const slot = chance.pick(slots);
    return { text: slot, inflict: (world) => each(world, slot, ({ process }) => process.terminate()) };
  },
  pause(chance) {
    const slot = chance.pick(slots);
    const ms = duration(chance, 15_000);
    return { text: `${slot} for ${ms} ms`, inflict: (world) => pause(world, slot, ms) };
  },
  cut(chance) {
    const slot = chance.pick(slots);
    const ms = duration(chance, 8000);
    return { text: `${slot} for ${ms} ms`, inflict: (world) => cut(world, [slot], ms) };
  },
  isolate(chance) {
    const slot = chance.pick(slots);
    const ms = duration(chance, 8000);
    const inflict = (world: World) =>
      each(world, slot, ({ bus }) => {
        bus.isolated = true;
        world.timeline.after(ms, () => {
          bus.isolated = false;
        });
      });
    return { text: `${slot} for ${ms} ms`, inflict };
  },
  broker(chance) {
    const ms = duration(chance, 3000);
    return { text: `away for ${ms} ms`, inflict: (world) => cut(world, slots, ms) };
  },
  "second coordinator"(chance) {
    const ms = chance.happens(0.8) ? duration(chance, 4000) : 0;
    const inflict = (world: World) => {
      if (ms > 0) pause(world, "coordinator", ms);
      world.double("coordinator");
    };
    return { text: ms > 0 ? `while the first sleeps ${ms} ms` : "while the first is awake", inflict };
  },
  "evaluator caught writing"(chance) {
    const operation = chance.pick(["rename", "write", "sync", "create"]);
    const ms = duration(chance, 4000);
    const asleep = chance.happens(0.7);
    const inflict = (world: World) => {
      world.trap = (begun, one) => {
        if (begun !== operation || one.slot !== "evaluator") return;
        world.trap = undefined;
        if (!asleep) {
          world.timeline.after(0, () => world.kill(one));
          return;
        }
        one.process.pause();
        world.timeline.after(ms, () => one.process.resume());
        world.double("evaluator");
      };
    };
    const what = asleep ? `sleeps ${ms} ms while a second one comes` : "is killed";
    return { text: `before the next ${operation}: it ${what}`, inflict };
  },
  "second evaluator"(chance) {
    const ms = chance.happens(0.8) ? duration(chance, 4000) : 0;
    const inflict = (world: World) => {
      if (ms > 0) pause(world, "evaluator", ms);
      world.double("evaluator");
    };
    return { text: ms > 0 ? `while the first sleeps ${ms} ms` : "while the first is awake", inflict };
  },
  "no trainers"(chance) {
    const ms = duration(chance, 3000);
    const inflict = (world: World) => {
      for (const slot of trainers) world.withhold(slot, ms);
    };
    return { text: `for ${ms} ms`, inflict };
  },
  "living dead trainer"(chance) {
    const slot = chance.pick(trainers);
    const ms = duration(chance, 20_000);
    return { text: `${slot} for ${ms} ms`, inflict: (world) => twist(world, slot, livingDead, ms) };
  },
  "greedy trainer"(chance) {
    const slot = chance.pick(trainers);
    const ms = duration(chance, 8000);
    return { text: `${slot} for ${ms} ms`, inflict: (world) => twist(world, slot, greedy(world.leaves), ms) };
  },
  "disk errors"(chance) {
    const probability = chance.between(0.02, 0.5);
    const ms = duration(chance, 2000);
    return {
      text: `${(100 * probability).toFixed(0)} % of operations for ${ms} ms`,
      inflict: (world) => trouble(world, "EIO", probability, ms),
    };
  },
  "disk full"(chance) {
    const ms = duration(chance, 3000);
    return { text: `for ${ms} ms`, inflict: (world) => trouble(world, "ENOSPC", 1, ms) };
  },
  crash: () => ({ text: "of the evaluator's machine", inflict: (world) => world.crash() }),
  [worstMoment](chance) {
    const [role, doing] = chance.pick(doings);
    const times = 1 + Math.floor(30 ** chance.uniform());
    const strike = chance.happens(0.3) ? doubled : chance.pick(Object.keys(strikes));
    // Long enough for a double to take over, or any length.
    const ms = chance.happens(0.5) ? Math.round(chance.between(600, 4000)) : duration(chance, 15_000);
    return {
      text: `the ${times}. time that a ${role} ${doing.source}: ${strike}, ${ms} ms`,
      inflict: (world) =>
        world.moments.arm(role, doing, times, (process) => {
          // Not within the process's own code: what it is doing at this moment is still started.
          world.timeline.after(0, () => {
            const one = world.find(process);
            if (!one) return;
            world.tell(`WORST MOMENT ${process.id}: ${strike}`);
            strikes[strike]!(world, one, ms);
          });
        }),
    };
  },
};

/** The operations of a process that a fault may strike at. */
const doings: readonly (readonly [role: string, doing: RegExp])[] = [
  ["evaluator", /^disk create/],
  ["evaluator", /^disk write/],
  ["evaluator", /^disk sync/],
  ["evaluator", /^disk rename/],
  ["evaluator", /^disk rm/],
  ["evaluator", /^disk (stat|read|readdir|mkdir)/],
  ["evaluator", /^answers memnet.evaluator.snapshot/],
  ["evaluator", /^answers memnet.evaluator.(open|state|fingerprint|progress)/],
  ["coordinator", /^says memnet.evaluator.(open|snapshot|state|fingerprint)/],
  ["coordinator", /^says memnet.run.*.step/],
  ["trainer", /^says memnet.run.*.result/],
];

const doubled = "pause, and a double";

const strikes: Record<string, (world: World, one: Living, ms: number) => void> = {
  kill: (world, one) => world.kill(one),
  crash: (world) => world.crash(),
  terminate: (_world, { process }) => process.terminate(),
  pause: (world, one, ms) => pauseOne(world, one, ms),
  [doubled]: (world, one, ms) => {
    pauseOne(world, one, ms);
    if (one.slot) world.double(one.slot);
  },
  cut: (world, one, ms) => {
    one.bus.cut();
    world.timeline.after(ms, () => one.bus.reconnect());
  },
};

/** What only an audit finds. Drawn apart from the others, for runs in which every step is audited. */
const lyingKinds: Record<string, Kind> = {
  "lying trainer"(chance) {
    const slot = chance.pick(trainers);
    const lie = chance.pick(Object.keys(lies)) as Lie;
    const often = chance.pick([0.1, 0.5, 1]);
    const ms = Math.round(chance.between(...lyingMs));
    const inflict = (world: World) => {
      each(world, slot, (one) => {
        one.lied = true;
      });
      twist(
        world,
        slot,
        liar(lie, ms / 1000, () => chance.happens(often)),
        ms,
      );
    };
    return { text: `${slot}: ${lie}, in ${often} of its results, for ${ms} ms`, inflict };
  },
  "forging trainer"(chance) {
    const slot = chance.pick(trainers);
    const victim = chance.pick(trainers.filter((other) => other !== slot));
    const ms = Math.round(chance.between(...lyingMs));
    const inflict = (world: World) =>
      twist(
        world,
        slot,
        forger(() => world.of(victim)?.process.id, world.leaves),
        ms,
      );
    return { text: `${slot} in the name of ${victim} for ${ms} ms`, inflict };
  },
  "wrong data-env"(chance) {
    const ms = Math.round(chance.between(...lyingMs));
    const inflict = (world: World) =>
      each(world, "dataenv", ({ process }) => {
        process.spoils = true;
        world.timeline.after(ms, () => {
          process.spoils = false;
        });
      });
    return { text: `for ${ms} ms`, inflict };
  },
};

/** How often a run begins with a single trainer, and how often that one takes wrong steps. */
const loneProbability = 0.3;
const strayingProbability = 0.5;
const loneMs = [500, 12_000] as const;

/** How often a run has liars. */
const lyingProbability = 0.3;
/** Once the trainers have joined, and for as long as several steps take. */
const lyingFromMs = [300, 2000] as const;
const lyingMs = [1000, 20_000] as const;
const lyingMax = 3;

export const faultKinds = Object.keys(kinds);

/** Returns the faults in the order of time. */
export function drawFaults(chance: Chance): Fault[] {
  const count = Math.floor(chance.between(0, faultsMax + 1));
  const worst = Math.floor(chance.between(0, worstMax + 1));
  const faults = Array.from({ length: count + worst }, (_, index): Fault => {
    const kind = index < count ? chance.pick(faultKinds) : worstMoment;
    // Faults at the worst moments start early, since they wait for their moment.
    const from = kind === worstMoment ? spanMs / 3 : spanMs;
    return { at: Math.round(chance.between(0, from)), kind, ...kinds[kind]!(chance) };
  });
  return faults.sort((a, b) => a.at - b.at);
}

/** Returns the faults of a run with liars; most runs have none. */
export function drawLies(chance: Chance): Fault[] {
  if (!chance.happens(lyingProbability)) return [];
  const count = 1 + Math.floor(chance.between(0, lyingMax));
  return Array.from({ length: count }, (): Fault => {
    const kind = chance.pick(Object.keys(lyingKinds));
    return { at: Math.round(chance.between(...lyingFromMs)), kind, ...lyingKinds[kind]!(chance) };
  });
}

/** Returns the faults of a run that has one trainer for a while; most runs have three at once. */
export function drawLone(chance: Chance): Fault[] {
  if (!chance.happens(loneProbability)) return [];
  const only = chance.pick(trainers);
  const others = trainers.filter((slot) => slot !== only);
  const ms = Math.round(chance.between(...loneMs));
  const lone: Fault = {
    at: 0,
    kind: "lone trainer",
    text: `${only} for ${ms} ms`,
    inflict: (world) => {
      for (const slot of others) world.withhold(slot, ms);
    },
  };
  if (!chance.happens(strayingProbability)) return [lone];
  const at = Math.round(chance.between(...lyingFromMs));
  const straying: Fault = {
    at,
    kind: "straying trainer",
    text: `${only} takes wrong steps`,
    inflict: (world) =>
      each(world, only, ({ process }) => {
        process.spoils = true;
      }),
  };
  return [lone, straying];
}

/** From perfect to worse than any real network. */
export function drawWeather(chance: Chance): Weather {
  const rough = chance.happens(0.6);
  return {
    delayMs: [0.1, chance.pick([0.5, 2, 20, 120])],
    lost: rough ? chance.pick([0, 0.002, 0.02, 0.06]) : 0,
    repeated: rough ? chance.pick([0, 0.02, 0.2]) : 0,
    overtaking: rough && chance.happens(0.5),
  };
}

/** Mostly short: half of the durations are below the geometric mean of 20 ms and `most`. */
function duration(chance: Chance, most: number): number {
  return Math.round(20 * (most / 20) ** chance.uniform());
}

function each(world: World, slot: SlotName, act: (one: Living) => void): void {
  const one = world.of(slot);
  if (one) act(one);
}

function pause(world: World, slot: SlotName, ms: number): void {
  each(world, slot, (one) => pauseOne(world, one, ms));
}

function pauseOne(world: World, { process }: Living, ms: number): void {
  process.pause();
  world.timeline.after(ms, () => process.resume());
}

function cut(world: World, which: readonly SlotName[], ms: number): void {
  for (const slot of which) {
    each(world, slot, ({ bus }) => {
      bus.cut();
      world.timeline.after(ms, () => bus.reconnect());
    });
  }
}

function twist(world: World, slot: SlotName, how: Twist, ms: number): void {
  each(world, slot, ({ bus }) => {
    bus.twist = how;
    world.timeline.after(ms, () => {
      bus.twist = honest;
    });
  });
}

function trouble(world: World, code: "EIO" | "ENOSPC", probability: number, ms: number): void {
  const mine = { code, probability };
  world.diskTrouble = mine;
  world.timeline.after(ms, () => {
    if (world.diskTrouble === mine) world.diskTrouble = undefined;
  });
}
