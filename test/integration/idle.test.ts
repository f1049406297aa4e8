/** Trainers and workers that give their machine back: real processes, and the exit codes that a Job goes by. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { skipWithout, startNatsServer } from "@memnet/service/testing";
import { Cluster } from "./cluster.testing.ts";

const skip = skipWithout("nats-server");

test("without work, a trainer and a worker end with 0 after the idle time, and a stop before it ends them with 4", {
  skip,
}, async () => {
  await using cluster = await Cluster.on(await startNatsServer(["-js"]));
  const idle = (["trainer", "worker"] as const).map((role) => cluster.spawn(role, "--idle-timeout=15"));
  const stopped = (["trainer", "worker"] as const).map((role) => cluster.spawn(role, "--idle-timeout=900"));
  await cluster.present("trainer", "worker");
  for (const child of idle) assert.equal(await cluster.exit(child), 0, cluster.told());
  for (const child of stopped) child.kill("SIGTERM");
  for (const child of stopped) assert.equal(await cluster.exit(child), 4, cluster.told());
});
