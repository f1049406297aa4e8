import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { messages, Packet, subjects } from "@memnet/protocol";
import { systemClock } from "../clock.ts";
import { silentLog } from "../log.ts";
import { Messenger } from "../messenger/messenger.ts";
import { createMetrics } from "../metrics.ts";
import { DisconnectedError, NoRespondersError, RequestTimeoutError } from "./bus.ts";
import { MemoryNetwork } from "./memory.ts";
import { OperatorBus, serveOperators } from "./operators.ts";

function messengerOn(bus: OperatorBus | ReturnType<MemoryNetwork["connect"]>) {
  const metrics = createMetrics({ service: "test", processMetrics: false });
  return new Messenger({ bus, clock: systemClock, log: silentLog, metrics });
}

async function scene() {
  const folder = await mkdtemp(join(tmpdir(), "memnet-operators-"));
  const path = join(folder, "socket");
  const network = new MemoryNetwork();
  const served = await serveOperators(network, path);
  return {
    network,
    path,
    served,
    operator: messengerOn(new OperatorBus(path)),
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

test("OperatorBus asks an actor of another process's network", async () => {
  await using here = await scene();
  const coordinator = messengerOn(here.network.connect({ role: "coordinator" }));
  const { stop } = subjects.run("mine");
  coordinator.serve(messages.stop, messages.stopped, stop, ({ run }) =>
    run === "mine"
      ? { ok: true as const, state: "stopped" as const, step: 7 }
      : { ok: false as const, code: "RUN", message: "Not mine" },
  );
  const ask = (run: string) =>
    here.operator.ask(messages.stop, messages.stopped, stop, { run }, 1000).then(({ fields }) => fields.step);
  assert.equal(await ask("mine"), 7);
  await assert.rejects(ask("other"), { name: "RefusedError", code: "RUN" });
});

test("serveOperators() takes the place of a process that was killed", async () => {
  await using here = await scene();
  await here.served[Symbol.asyncDispose]();
  await writeFile(here.path, "");
  await using _again = await serveOperators(here.network, here.path);
  const { bus } = here.operator;
  await assert.rejects(bus.request("none", Packet.of(messages.askStatus, {}), 1000), NoRespondersError);
});

test("OperatorBus gathers the answers of all", async () => {
  await using here = await scene();
  for (const step of [1, 2, 3]) {
    const actor = messengerOn(here.network.connect({ role: "trainer" }));
    actor.serve(messages.stop, messages.stopped, "all", () => ({
      ok: true as const,
      state: "ended" as const,
      step,
    }));
  }
  const { operator } = here;
  const answers = await operator.askAll(messages.stop, messages.stopped, "all", { run: "mine" }, 50);
  assert.deepEqual(answers.map(({ step }) => step).sort(), [1, 2, 3]);
  assert.deepEqual(await operator.askAll(messages.stop, messages.stopped, "none", { run: "mine" }, 50), []);
});

test("OperatorBus says that no actor listens, that none answers in time, and that the process is gone", async () => {
  await using here = await scene();
  const { bus } = here.operator;
  const question = () => Packet.of(messages.askStatus, {});
  await assert.rejects(bus.request("none", question(), 1000), NoRespondersError);
  here.network.connect({ role: "trainer" }).subscribe("silent", () => {});
  await assert.rejects(bus.request("silent", question(), 20), RequestTimeoutError);
  await here.served[Symbol.asyncDispose]();
  await assert.rejects(bus.request("none", question(), 1000), DisconnectedError);
});
