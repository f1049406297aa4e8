import assert from "node:assert/strict";
import { test } from "node:test";
import { Actors } from "./actors.ts";

const never = new AbortController().signal;
/** An actor that ends when its signal is aborted. */
const obedient = (signal: AbortSignal) =>
  new Promise<string>((resolve) => signal.addEventListener("abort", () => resolve("stopped")));

test("Actors.lead() resolves to the leading actor's result, and stops the actor on the signal", async () => {
  const actors = new Actors();
  assert.equal(await actors.lead("coordinator", async () => 3, never), 3);
  const stopping = new AbortController();
  const led = actors.lead("coordinator", obedient, stopping.signal);
  stopping.abort();
  assert.equal(await led, "stopped");
});

test("Actors.lead() rejects once another actor fails or ends unasked", async () => {
  for (const [life, message] of [
    [() => Promise.reject(new Error("no disk")), /no disk/],
    [async () => 75, /The evaluator ended without being told to, with 75/],
  ] as const) {
    const actors = new Actors();
    actors.start("evaluator", life);
    await assert.rejects(actors.lead("coordinator", obedient, never), message);
  }
});

test("Actors.stop() waits for the actors of a role, and their end is not a failure", async () => {
  const actors = new Actors();
  const stopped: string[] = [];
  for (const role of ["trainer", "trainer", "evaluator"] as const)
    actors.start(role, (signal) => obedient(signal).then(() => stopped.push(role)));
  await actors.stop("trainer", "data-env");
  assert.deepEqual(stopped, ["trainer", "trainer"]);
  await actors.stop("evaluator");
  assert.equal(await Promise.race([actors.failure, "none"]), "none");
});
