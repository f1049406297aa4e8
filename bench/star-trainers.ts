/**
 * Runs several trainers in one process, each with a connection of its own. They speak the protocol as real ones do, but
 * their engine's gradient costs next to nothing.
 *
 *     node --import tsx bench/star-trainers.ts RUN COUNT
 */

import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import { testActor } from "@memnet/service/testing";
import { type ComputerSettings, EngineComputer, run as train } from "@memnet/trainer";
import { builtInTask, createAdder, createCombiner, microBatchCount, modelOf, parameterCount } from "memnet";
import { fakeEngine } from "../libs/memnet/src/testing/fake-engine.ts";

const [run, count] = process.argv.slice(2) as [string, string];
const connection = { url: process.env.NATS_URL! };
const { signal } = new AbortController();
// Each trainer listens for the end.
setMaxListeners(0, signal);

async function createComputer({ training }: ComputerSettings) {
  const task = builtInTask(training.task.name);
  const model = modelOf(training, task);
  const adder = await createAdder(parameterCount(model), microBatchCount(training));
  return new EngineComputer(training, task, fakeEngine(model), adder);
}

await Promise.all(
  Array.from({ length: Number(count) }, async () => {
    const actor = await testActor({ connection }, "trainer");
    const secret = randomBytes(16).toString("hex");
    await train({ actor, createComputer, createCombiner, secret }, { run }, signal);
  }),
);
