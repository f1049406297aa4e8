/** Real processes of this program are killed, refused and stopped. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { startJoinable } from "@memnet/service/testing";
import { begin, type Ended, keepUp, type Life, type Told } from "@memnet/terminal";
import { memnetPath } from "../program.ts";

test("keepUp() restarts a process that was killed, and stops it on the signal", async () => {
  await using network = await startJoinable("socket");
  const env = { ...process.env, ...network.env };
  const stopping = new AbortController();
  const lives: Life[] = [];
  const again: Ended[] = [];
  const lines: string[] = [];
  const onTold = (told: Told) => {
    if ("line" in told) lines.push(told.line.message);
    else if (lives.length < 3) lives.at(-1)!.kill();
    else stopping.abort();
  };
  const start = () => {
    lives.push(begin(["data-env"], { program: memnetPath, env, log: "told", onTold }));
    return lives.at(-1)!;
  };
  const options = { stopMsMax: 60_000, onAgain: (ended: Ended) => void again.push(ended) };
  assert.deepEqual(await keepUp("data-env", start, options, stopping.signal), { kind: "stopped" });
  assert.deepEqual(
    again.map(({ signal, wasConnected }) => [signal, wasConnected]),
    [
      ["SIGKILL", true],
      ["SIGKILL", true],
    ],
  );
  assert.ok(
    lines.some((line) => line.includes("stopping")),
    lines.join("\n"),
  );
});

test("keepUp() gives up on a process that refuses to start", async () => {
  const start = () =>
    begin(["data-env", "--metrics-port", "-1"], { program: memnetPath, env: process.env, log: "told" });
  const outcome = await keepUp("data-env", start, { stopMsMax: 1000, onAgain() {} }, AbortSignal.any([]));
  assert.ok(outcome.kind === "give-up");
  assert.deepEqual([outcome.ended.code, outcome.ended.wasConnected], [2, false]);
  assert.match(outcome.why, /refused/);
});

test("keepUp() kills a process that does not stop in time", async () => {
  await using network = await startJoinable("socket");
  const stopping = new AbortController();
  let late = 0;
  const start = () => {
    const onTold = () => {
      process.kill(life.pid!, "SIGSTOP");
      stopping.abort();
    };
    const life = begin(["data-env"], {
      program: memnetPath,
      env: { ...process.env, ...network.env },
      log: "inherit",
      onTold,
    });
    return life;
  };
  const options = { stopMsMax: 50, onAgain() {}, onLate: () => void late++ };
  assert.deepEqual(await keepUp("data-env", start, options, stopping.signal), { kind: "stopped" });
  assert.equal(late, 1);
});
