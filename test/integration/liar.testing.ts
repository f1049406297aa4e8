/** A trainer that flips a bit of every gradient: a process of its own. */

import { hashOf } from "@memnet/protocol";
import { readSettings, withActor } from "@memnet/service";
import { type Computer, run, threadedComputer } from "@memnet/trainer";
import { bytesOf, createCombiner } from "memnet";

const settings = readSettings();
const { MEMNET_SOCKET: socket } = process.env;
const stop = new AbortController();
process.once("SIGTERM", () => stop.abort());
await withActor(
  "trainer",
  {
    ...settings,
    connection: socket ? { socket } : settings.nats,
    metricsPort: null,
  },
  stop.signal,
  (actor) =>
    run(
      {
        actor,
        createComputer: async (asked) => lying(await threadedComputer(asked)),
        createCombiner,
        secret: hashOf(new TextEncoder().encode(actor.messenger.id)).slice(0, 32),
      },
      { run: null },
      stop.signal,
    ),
);

function lying(computer: Computer): Computer {
  return {
    ...computer,
    async compute(question) {
      const answer = await computer.compute(question);
      if (!answer) return null;
      const bits = new Uint32Array(answer.gradient.buffer, answer.gradient.byteOffset, 1);
      bits[0] = bits[0]! ^ 1;
      return { ...answer, hash: hashOf(bytesOf(answer.gradient)) };
    },
  };
}
