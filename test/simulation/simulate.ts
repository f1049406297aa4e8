/** Simulates one seed. */

import type { OperationConfig } from "memnet";
import { Chance } from "./chance.ts";
import { drawFaults, drawLies, drawLone, drawWeather, type Fault } from "./faults.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { World } from "./world.ts";

/** After this time nothing fails any more. */
const faultsUntilMs = 25_000;
/** From then on the run must end within this time, a few times the longest wait of any process. */
const endWithinMs = 240_000;

/** Cuts the small model's parameters, gradients and checkpoints as those of large models are cut. */
const shortCuts = { bodyBytesMax: 512, rangeBytesMax: 128, broadcastBytesMax: 768 };
const shortProbability = 0.2;
/** How often trainers add up branches. */
const branchesProbability = 0.5;
/** How often some of a run's steps are audited though nobody lies, and which share of them. */
const auditsProbability = 0.3;
const auditedShare = 0.3;

export interface Simulated {
  readonly seed: number;
  /** The violated invariants; empty if all held. */
  readonly failures: readonly string[];
  readonly faults: readonly Pick<Fault, "at" | "kind" | "text">[];
  /** What happened, the newest last. */
  readonly story: readonly string[];
  /** A digest of everything that happened. */
  readonly digest: number;
  readonly events: number;
  /** Virtual time. */
  readonly seconds: number;
}

export async function simulate(seed: number): Promise<Simulated> {
  const chance = new Chance(seed, "faults");
  return simulateRun(seed, chance.pick(await scenarios()), chance);
}

async function simulateRun(seed: number, scenario: Scenario, chance: Chance): Promise<Simulated> {
  const weather = drawWeather(chance);
  const slowness = chance.pick([1, 1, 1, 10]);
  const lies = drawLies(new Chance(seed, "lies"));
  const lone = drawLone(new Chance(seed, "lone"));
  const faults = [...lone, ...drawFaults(chance), ...lies].sort((a, b) => a.at - b.at);
  const cuts = new Chance(seed, "cuts").happens(shortProbability) ? { cuts: shortCuts } : {};
  const branching = new Chance(seed, "branches");
  const branchesFrom = branching.happens(branchesProbability) ? 2 : 0;
  const audited = branching.happens(auditsProbability) ? auditedShare : 0;
  const operated = withOperation(scenario, { audit: lies.length > 0 ? 1 : audited, branchesFrom });
  const world = new World({ seed, scenario: operated, weather, slowness, ...cuts });
  const { timeline, story, invariants } = world;
  const unhandled = (error: unknown) => {
    world.failures.push(`Unhandled rejection: ${(error as Error)?.stack ?? error}`);
  };
  process.on("unhandledRejection", unhandled);
  try {
    for (const fault of faults) {
      timeline.after(fault.at, () => {
        world.tell(`FAULT ${fault.kind} ${fault.text}`);
        fault.inflict(world);
      });
    }
    timeline.after(faultsUntilMs, () => world.calmDown());
    world.tell(`The run: ${scenario.name}`);
    world.begin();
    if (!(await timeline.pass(() => world.over, faultsUntilMs + endWithinMs))) {
      world.failures.push(`The run has not ended ${endWithinMs / 1000} s after the last fault`);
    }
    if (world.ended && invariants.broken.length === 0) await invariants.checkRead(world.afterCrash());
  } finally {
    process.off("unhandledRejection", unhandled);
  }
  const failures = [...invariants.broken, ...world.failures];
  const { digest, events, now } = timeline;
  const told = faults.map(({ at, kind, text }) => ({ at, kind, text }));
  return { seed, failures, faults: told, story, digest, events, seconds: now / 1000 };
}

function withOperation(scenario: Scenario, changed: Partial<OperationConfig>): Scenario {
  const { training, operation } = scenario.config;
  return { ...scenario, config: { training, operation: { ...operation, ...changed } } };
}
