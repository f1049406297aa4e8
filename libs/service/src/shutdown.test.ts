import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { exitStatus } from "./shutdown.ts";

const timeout = 30_000;
const fixture = fileURLToPath(new URL("./fixtures/shutdown.ts", import.meta.url));

interface Started {
  readonly child: ChildProcess;
  /** Resolves once the process has printed the text. */
  said(text: string): Promise<void>;
  readonly ended: Promise<{ status: number | null; stdout: string; stderr: string }>;
}

function start(how: string, env: Record<string, string> = {}): Started {
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), fixture, how], {
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    env: { ...process.env, ...env },
  });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    for (const check of listeners) check();
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return {
    child,
    said: (text) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (stdout.includes(text)) resolve();
        };
        listeners.add(check);
        check();
      }),
    ended: once(child, "close").then(([status]) => ({ status, stdout, stderr })),
  };
}

test("runUntilSignal() exits with 0 when its work is done", { timeout }, async () => {
  const { status } = await start("done").ended;
  assert.equal(status, exitStatus.done);
});

test("runUntilSignal() exits with 1 and logs why when its work fails", { timeout }, async () => {
  for (const [how, why] of [
    ["fails", "as planned"],
    ["rejects", "nobody looks"],
    ["throws", "nobody catches"],
  ] as const) {
    const { status, stderr } = await start(how).ended;
    assert.equal(status, exitStatus.failed, how);
    assert.match(stderr, new RegExp(why));
  }
});

test("runUntilSignal() aborts its signal on SIGTERM and SIGINT", { timeout }, async () => {
  for (const [how, name] of [
    ["waits", "SIGTERM"],
    ["rethrows", "SIGINT"],
  ] as const) {
    const { child, said, ended } = start(how);
    await said("ready");
    child.kill(name);
    const { status, stdout } = await ended;
    assert.equal(stdout, `ready\n${name}\n`);
    assert.equal(status, exitStatus.done);
  }
});

test("runUntilSignal() exits at once on a second signal", { timeout }, async () => {
  for (const [name, expected] of [
    ["SIGTERM", exitStatus.terminated],
    ["SIGINT", exitStatus.interrupted],
  ] as const) {
    const { child, said, ended } = start("lingers");
    await said("ready");
    child.kill(name);
    await said(name);
    child.kill(name);
    assert.equal((await ended).status, expected);
  }
});

test("runUntilSignal() does not mind a second signal under a launcher", { timeout }, async () => {
  const { child, said, ended } = start("lingers", { MEMNET_LAUNCHED: "1" });
  await said("ready");
  child.kill("SIGTERM");
  await said("SIGTERM");
  child.kill("SIGINT");
  // Time in which the process would exit.
  await setTimeout(200);
  child.send("end");
  assert.equal((await ended).status, exitStatus.done);
});

test("runUntilSignal() stops when its launcher exits", { timeout }, async () => {
  const { child, said } = start("waits", { MEMNET_LAUNCHED: "1" });
  await said("ready");
  // After disconnect(), Node.js does not emit "close".
  const exited = once(child, "exit");
  child.disconnect();
  await said("launcher");
  assert.deepEqual(await exited, [exitStatus.done, null]);
});
