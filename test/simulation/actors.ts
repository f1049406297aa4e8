/** The real services with a simulated engine: each piece of work takes its time by the process's clock. */

import { type Arbiter, run as coordinate, localUpdater, type Outcome } from "@memnet/coordinator";
import { run as makeBatches, TaskMaker } from "@memnet/data-env";
import { run as evaluate, JobRunner, type Measurer } from "@memnet/evaluator";
import { hashOf, type Role } from "@memnet/protocol";
import {
  type Actor,
  type Cuts,
  createMetrics,
  type Disk,
  Journal,
  type Log,
  type LogFields,
  type LogLevel,
  type MemoryBus,
  Messenger,
} from "@memnet/service";
import { EngineComputer, run as train } from "@memnet/trainer";
import {
  builtInTask,
  type Combiner,
  type Engine,
  type Learner,
  microBatchCount,
  modelOf,
  parameterCount,
  plainAdder,
  plainCombiner,
  plainStepper,
  type RunConfig,
  type Stepper,
} from "memnet";
import type { Chance } from "./chance.ts";
import { standIn } from "./engine.ts";
import type { Process } from "./process.ts";

export const runName = "simulated";
export const root = "/runs";

export interface Surroundings {
  readonly process: Process;
  readonly bus: MemoryBus;
  readonly disk: Disk;
  readonly config: RunConfig;
  readonly chance: Chance;
  /** Draws which steps are audited. */
  readonly audits: Chance;
  /** Whether the coordinator has an engine of its own. */
  readonly judges: boolean;
  /** How many times slower than the others it computes. */
  readonly slowness: number;
  /** Lengths at which bodies are cut; those of real messages if omitted. */
  readonly cuts?: Cuts;
  /** Called with each log line. */
  readonly said: (process: Process, level: LogLevel, message: string, fields: LogFields) => void;
  /** Called when the evaluator has taken its folder and answers. */
  readonly serving: (process: Process) => void;
}

/** The milliseconds that each piece of work takes. */
const paces = {
  gradient: [15, 45],
  update: [1, 4],
  batch: [1, 10],
  measure: [10, 60],
} as const;

/** Runs the service of the process's role until it ends by itself or is stopped. */
export function live(surroundings: Surroundings): Promise<Outcome | undefined> {
  const { process, config } = surroundings;
  const actor = actorOf(surroundings);
  const { signal } = process.stopping;
  const stopJournal = actor.journal.start(actor.messenger, process.clock);
  const work: Record<Role, () => Promise<Outcome | undefined>> = {
    coordinator: () =>
      coordinate(
        {
          actor,
          createUpdater: async (learner) => updaterOf(surroundings, learner),
          createArbiter: () => (surroundings.judges ? arbiterOf(surroundings) : null),
          chance: surroundings.audits.uniform,
        },
        { run: runName, fresh: false, config, initial: null, exitAtEnd: true, joinable: true },
        signal,
      ),
    trainer: async () => {
      const createComputer = async () => computerOf(surroundings);
      const deps = { actor, createComputer, createCombiner, secret: secretOf(process.id) };
      await train(deps, { run: null }, signal);
      return undefined;
    },
    "data-env": async () => {
      await makeBatches({ actor, maker: makerOf(surroundings) }, signal);
      return undefined;
    },
    evaluator: async () => {
      const { disk } = surroundings;
      const onServing = () => surroundings.serving(process);
      const deps = { actor, disk, root, measurer: measurerOf(surroundings), versions: {}, onServing };
      await evaluate(deps, signal);
      return undefined;
    },
    worker: () => Promise.reject(new RangeError("No worker is simulated")),
    operator: () => Promise.reject(new RangeError("No operator is simulated")),
  };
  return work[process.role]().finally(stopJournal);
}

/** The secret of a simulated trainer; another trainer does not guess it. */
export function secretOf(id: string): string {
  return hashOf(new TextEncoder().encode(`secret of ${id}`)).slice(0, 32);
}

/** @param role of one of several actors in the process; the process's own if omitted */
export function actorOf({ process, bus, cuts, said }: Surroundings, role = process.role): Actor {
  const { clock } = process;
  const journal = new Journal();
  const log = logOf({}, (level, message, fields) => {
    said(process, level, message, fields);
    if (level !== "debug") journal.line({ time: clock.wall(), level, service: role, message, fields });
  });
  const metrics = createMetrics({ service: role, processMetrics: false });
  const messenger = new Messenger({ bus, clock, log, metrics, ...(cuts && { cuts }) });
  return {
    role,
    machine: "box",
    messenger,
    clock,
    log,
    metrics,
    journal,
    metricsPort: null,
    metricsPath: "/metrics",
    ready: () => true,
  };
}

function logOf(bound: LogFields, say: (level: LogLevel, message: string, fields: LogFields) => void): Log {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) =>
    say(level, message, { ...bound, ...fields });
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => logOf({ ...bound, ...fields }, say),
  };
}

async function spend({ process, chance, slowness }: Surroundings, what: keyof typeof paces): Promise<void> {
  const slower = what === "gradient" ? slowness : 1;
  await process.spend(chance.between(paces[what][0], paces[what][1]) * slower);
}

/** Without WebAssembly, whose instances take an unknown time. */
export async function createCombiner(count: number, leaves: number): Promise<Combiner> {
  return plainCombiner(count, leaves);
}

export function updaterOf(surroundings: Surroundings, learner: Learner) {
  const { parameters, training } = learner;
  const combiner = plainCombiner(parameters.length, microBatchCount(training));
  const updater = localUpdater(plainStepper(learner), combiner);
  return {
    ...updater,
    async take(parts: Parameters<typeof updater.take>[0]) {
      await spend(surroundings, "update");
      return updater.take(parts);
    },
  };
}

/** What a trainer that leads takes steps with. */
function stepperOf({ process }: Surroundings, learner: Learner): Stepper {
  const stepper = plainStepper(learner);
  return {
    ...stepper,
    take(sum) {
      if (process.spoils) sum.gradient[0] = sum.gradient[0]! + 1;
      return stepper.take(sum);
    },
  };
}

function engineOf(surroundings: Surroundings): Engine {
  const engine = standIn(modelOf(surroundings.config.training, task(surroundings)));
  return {
    ...engine,
    async gradient(parameters, batch, into) {
      await spend(surroundings, "gradient");
      return engine.gradient(parameters, batch, into);
    },
  };
}

export function computerOf(surroundings: Surroundings) {
  const { training } = surroundings.config;
  const engine = engineOf(surroundings);
  const adder = plainAdder(parameterCount(engine.model), microBatchCount(training));
  const { clock } = surroundings.process;
  const createStepper = async (learner: Learner) => stepperOf(surroundings, learner);
  const computer = new EngineComputer(training, task(surroundings), engine, adder, { createStepper });
  return {
    detail: null,
    probe: () => computer.probe(),
    async compute(question: Parameters<typeof computer.compute>[0]) {
      const begun = clock.now();
      const answer = await computer.compute(question);
      return answer && { ...answer, computeMs: clock.now() - begun };
    },
    abandonBelow: (number: number) => computer.abandonBelow(number),
    stop: async () => {},
  };
}

/** The coordinator's own engine. */
function arbiterOf(surroundings: Surroundings): Arbiter {
  const computer = computerOf(surroundings);
  return {
    probe: () => computer.probe(),
    async judge({ step, node, parameters }) {
      const batches = Array.from({ length: node.hi - node.lo }, () => null);
      const answer = await computer.compute({ step, node, parameters, batches, number: 0 });
      return answer!;
    },
    stop: async () => {},
  };
}

function makerOf(surroundings: Surroundings) {
  const maker = new TaskMaker();
  return {
    stop: () => maker.stop(),
    async make(question: Parameters<typeof maker.make>[0]) {
      await spend(surroundings, "batch");
      // What another seed draws looks right, and two trainers that ask for it agree.
      const seed = question.seed + Number(surroundings.process.spoils);
      return maker.make({ ...question, seed });
    },
  };
}

export function measurerOf(surroundings: Surroundings): Measurer {
  const runner = new JobRunner(async (_name, model) => standIn(model));
  return {
    measure: (job, signal) =>
      runner.run(job, async () => {
        await spend(surroundings, "measure");
        signal.throwIfAborted();
      }),
    close: async () => runner.dispose(),
  };
}

function task({ config }: Surroundings) {
  return builtInTask(config.training.task.name);
}
