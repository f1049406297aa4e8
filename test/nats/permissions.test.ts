/** deploy/nats/nats.conf restricts each role to its part: every subject, both ways, on the real nats-server. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import {
  blobBytesMax,
  messages,
  Packet,
  permissionsOf,
  RefusedError,
  type Role,
  roles,
  subjects,
  traffic,
} from "@memnet/protocol";
import {
  connectBus,
  createMetrics,
  Messenger,
  PermissionError,
  silentLog,
  systemClock,
} from "@memnet/service";
import { skipWithout, startNatsServer, type TestBroker, until } from "@memnet/service/testing";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { copyNats, natsFolder, passwordOf, startSecured } from "./secured.testing.ts";

const skip = skipWithout("nats-server");
const broker: TestBroker | undefined = skip ? undefined : await startSecured();
after(() => broker?.stop());

/** A concrete subject that matches a pattern. */
const example = (pattern: string) => pattern.replaceAll("*", "some1");

/** Connects as a role's user, and collects what the server refuses it. */
async function user(role: Role) {
  const connection = await connect({
    servers: `127.0.0.1:${broker?.port}`,
    user: role,
    pass: passwordOf(role),
    reconnect: false,
  });
  const refused: string[] = [];
  void (async () => {
    for await (const status of connection.status()) {
      if (status.type !== "error") continue;
      assert.equal(status.error.name, "PermissionViolationError", String(status.error));
      const { operation, subject } = status.error as Error & { operation: string; subject: string };
      refused.push(`${operation} ${subject}`);
    }
  })();
  return {
    connection,
    /** The refusals of everything sent before. */
    async refusals(): Promise<string[]> {
      await connection.flush();
      // The library reports an error a moment after reading it.
      await new Promise((resolve) => setImmediate(resolve));
      return refused.splice(0);
    },
    [Symbol.asyncDispose]: () => connection.close(),
  };
}

function listen(connection: NatsConnection, subject: string): string[] {
  const heard: string[] = [];
  connection.subscribe(subject, {
    callback: (error, message) => {
      if (!error) heard.push(message.string());
    },
  });
  return heard;
}

test("nats.conf matches traffic.ts, with a user for each role", async () => {
  const text = await readFile(join(natsFolder, "nats.conf"), "utf8");
  const users = text.split(/^ +user: /m).slice(1);
  const listed = (user: string, side: "publish" | "subscribe") => {
    const [, list = ""] = new RegExp(`${side}: \\[([^\\]]*)\\]`).exec(user) ?? [];
    return (list.match(/[\w.*>$-]+/g) ?? []).sort();
  };
  const found = users.map((user) => [
    user.split("\n", 1)[0],
    { publish: listed(user, "publish"), subscribe: listed(user, "subscribe") },
  ]);
  const wanted = roles.map((role) => {
    const { publish, subscribe } = permissionsOf(role);
    return [role, { publish: [...publish].sort(), subscribe: [...subscribe].sort() }];
  });
  assert.deepEqual(found, wanted);
});

for (const role of roles) {
  test(`the user ${role} may publish and subscribe to its part, and nothing else`, { skip }, async () => {
    await using own = await user(role);
    for (const { subject: pattern, publish, subscribe } of traffic) {
      const subject = example(pattern);
      own.connection.publish(subject, "x");
      const said = publish.includes(role) ? [] : [`publish ${subject}`];
      assert.deepEqual(await own.refusals(), said, `${role} publishes to ${subject}`);
      listen(own.connection, pattern);
      const heard = subscribe.includes(role) ? [] : [`subscription ${pattern}`];
      assert.deepEqual(await own.refusals(), heard, `${role} subscribes to ${pattern}`);
    }
    const tooMuch = [
      ">",
      "memnet.>",
      "memnet.run.>",
      "memnet.pull.*.*",
      "_INBOX.>",
      `_INBOX.*.*.*`,
      "$SYS.>",
    ];
    for (const pattern of tooMuch) {
      listen(own.connection, pattern);
      assert.deepEqual(await own.refusals(), [`subscription ${pattern}`], `${role} subscribes to ${pattern}`);
    }
    for (const subject of ["memnet", "elsewhere", "$SYS.REQ.SERVER.PING", "memnet.run.some1.other"]) {
      own.connection.publish(subject, "x");
      assert.deepEqual(await own.refusals(), [`publish ${subject}`], `${role} publishes to ${subject}`);
    }
  });
}

test("a message that one role may publish and another may subscribe to arrives", { skip }, async () => {
  for (const { subject: pattern, publish, subscribe } of traffic) {
    const subject = example(pattern);
    for (const to of subscribe) {
      await using hearer = await user(to);
      const heard = listen(hearer.connection, pattern);
      await hearer.connection.flush();
      for (const from of publish) {
        await using speaker = await user(from);
        speaker.connection.publish(subject, from);
        await speaker.connection.flush();
      }
      await hearer.connection.flush();
      assert.deepEqual(heard, publish, `${to} hears ${subject}`);
    }
  }
});

test("an answer goes to the asker alone, once, also from many and after the asker has gone", {
  skip,
}, async () => {
  await using operator = await user("operator");
  const inbox = `${subjects.inbox("operator", "some1")}.1`;
  const answers = listen(operator.connection, inbox);
  await using trainer = await user("trainer");
  await using dataEnv = await user("data-env");
  const asked: (() => void)[] = [];
  for (const [one, name] of [
    [trainer, "trainer"],
    [dataEnv, "data-env"],
  ] as const) {
    one.connection.subscribe(subjects.status, {
      callback: (_, message) => void asked.push(() => message.respond(name)),
    });
    await one.connection.flush();
  }
  trainer.connection.publish(inbox, "unasked");
  assert.deepEqual(await trainer.refusals(), [`publish ${inbox}`]);

  operator.connection.publish(subjects.status, "", { reply: inbox });
  await operator.connection.flush();
  for (const one of [trainer, dataEnv]) await one.connection.flush();
  assert.equal(asked.length, 2);
  for (const answer of asked) answer();
  for (const one of [trainer, dataEnv]) assert.deepEqual(await one.refusals(), []);
  await operator.connection.flush();
  assert.deepEqual(answers.sort(), ["data-env", "trainer"]);

  for (const answer of asked) answer();
  for (const one of [trainer, dataEnv]) assert.deepEqual(await one.refusals(), [`publish ${inbox}`]);

  // The asker no longer waits. Its answer is still let through, but no client receives it.
  operator.connection.publish(subjects.status, "", { reply: inbox });
  await operator.connection.flush();
  await operator.connection.close();
  await trainer.connection.flush();
  asked.at(-1)?.();
  assert.deepEqual([...(await trainer.refusals()), ...(await dataEnv.refusals())], []);
});

/** The roles that pull bytes from each role. */
const pulls: readonly (readonly [from: Role, by: readonly Role[]])[] = [
  ["coordinator", ["trainer", "evaluator"]],
  ["trainer", ["coordinator", "trainer"]],
  ["data-env", ["trainer"]],
  ["evaluator", ["coordinator", "worker"]],
  ["worker", []],
  ["operator", []],
];

async function actor(role: Role, url = broker?.url ?? "") {
  const metrics = createMetrics({ service: role, processMetrics: false });
  const bus = await connectBus({
    url,
    user: role,
    password: passwordOf(role),
    role,
    log: silentLog,
    metrics,
  });
  const messenger = new Messenger({ bus, clock: systemClock, log: silentLog, metrics });
  // Once this is refused, the server has processed all of the messenger's subscriptions.
  await assert.rejects(bus.request("nobody", Packet.received(new Uint8Array(0)), 5000), PermissionError);
  return Object.assign(messenger, { [Symbol.asyncDispose]: () => bus.close() });
}

for (const [from, by] of pulls) {
  test(`blobs of the role ${from} are pulled by ${by.join(" and ") || "no role"}`, { skip }, async () => {
    await using owner = await actor(from);
    const bytes = new Uint8Array(600_000).fill(7);
    const blob = owner.blobs.offer("slot", bytes);
    for (const role of roles) {
      await using asker = await actor(role);
      const pulling = asker.pull(blob, from, blobBytesMax);
      if (by.includes(role)) assert.deepEqual(await pulling, bytes);
      else await assert.rejects(pulling, PermissionError, `${role} pulls from ${from}`);
    }
  });
}

test("a trainer cannot pull a checkpoint in another role's name", { skip }, async () => {
  await using evaluator = await actor("evaluator");
  await using trainer = await actor("trainer");
  const checkpoint = evaluator.blobs.offer("checkpoint", new Uint8Array(1000));
  await assert.rejects(trainer.pull(checkpoint, "coordinator", blobBytesMax), { name: "NoRespondersError" });
  // A coordinator offers parameters and checkpoints. A role that does not know a checkpoint's hash cannot name it.
  await using coordinator = await actor("coordinator");
  coordinator.blobs.offer("checkpoint", new Uint8Array(1000).fill(1));
  const guessed = { owner: coordinator.id, hash: "0".repeat(64), bytes: 1000 };
  await assert.rejects(trainer.pull(guessed, "coordinator", blobBytesMax), RefusedError);
});

test("a refusal is reported at once to the caller, in the log and to the operator", { skip }, async () => {
  const metrics = createMetrics({ service: "test", processMetrics: false });
  const said: string[] = [];
  const log = { ...silentLog, error: (message: string) => void said.push(message), child: () => log };
  // The trainer's user acting as the coordinator.
  await using bus = Object.assign(
    await connectBus({
      url: broker?.url ?? "",
      user: "trainer",
      password: passwordOf("trainer"),
      role: "coordinator",
      log,
      metrics,
    }),
    {
      [Symbol.asyncDispose]() {
        return bus.close();
      },
    },
  );
  const messenger = new Messenger({ bus, clock: systemClock, log, metrics });
  const asked = messenger.ask(messages.listRuns, messages.runList, subjects.evaluator.runs, {}, 60_000);
  await assert.rejects(asked, PermissionError);
  assert.match(bus.refused ?? "", /NATS does not let the user trainer do it$/);
  const inbox = `Cannot subscribe to ${subjects.inbox("coordinator", bus.id)}.*: NATS does not let the user trainer do it`;
  assert.ok(said.includes(inbox), said.join("\n"));
});

test("a refused subject works once the server permits it, without a new connection", { skip }, async () => {
  using files = copyNats();
  const path = files.at("nats.conf");
  const whole = await readFile(path, "utf8");
  const lacking = whole.replace(
    'memnet.announce, memnet.status\n          "memnet.run.*.step"',
    'memnet.status\n          "memnet.run.*.step"',
  );
  assert.notEqual(lacking, whole);
  await writeFile(path, lacking);
  await using own = await startNatsServer(["-c", path, "-m", "-1"]);
  await using trainer = await actor("trainer", own.url);
  await using coordinator = await actor("coordinator", own.url);
  const heard: unknown[] = [];
  trainer.bus.subscribe(subjects.announce, () => void heard.push("announced"));
  await until(() => trainer.bus.refused?.includes(subjects.announce) ?? false);
  await writeFile(path, whole);
  process.kill(own.pid ?? 0, "SIGHUP");
  while (heard.length === 0) {
    coordinator.bus.publish(subjects.announce, Packet.received(new Uint8Array(0)));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
