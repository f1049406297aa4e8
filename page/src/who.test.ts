import assert from "node:assert/strict";
import { test } from "node:test";
import { answerStatus } from "@memnet/service";
import { memoryNetwork, settled, testActor, virtualClock } from "@memnet/service/testing";
import { whoIsIn } from "./who.ts";

test("whoIsIn() asks at most once a second, forgets actors that are gone, and returns null if disconnected", async () => {
  await using network = memoryNetwork();
  await using evaluator = await testActor(network, "evaluator");
  await using trainer = await testActor(network, "trainer");
  let asked = 0;
  answerStatus(trainer, () => {
    asked++;
    return { run: null, state: "idle", waitsFor: null, waitsSeconds: null, detail: {} };
  });
  await settled(trainer.messenger.bus);
  const clock = virtualClock();
  const who = whoIsIn({ messenger: evaluator.messenger, clock });
  const ids = async () => (await who())?.map(({ id }) => id);
  const { id } = trainer.messenger;
  assert.deepEqual(await Promise.all([ids(), ids()]), [[id], [id]]);
  clock.advance(500);
  assert.deepEqual([await ids(), asked], [[id], 1]);
  clock.advance(500);
  assert.deepEqual([await ids(), asked], [[id], 2]);

  await trainer.messenger.bus.close();
  clock.advance(1000);
  assert.deepEqual(await ids(), [id], "it may have been busy");
  clock.advance(60_000);
  assert.deepEqual(await ids(), [], "nobody has asked for long");

  await evaluator.messenger.bus.close();
  clock.advance(1000);
  assert.equal(await who(), null);
});
