import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { RunsOnDisk } from "@memnet/page/testing";
import { exitCodes } from "@memnet/terminal";
import { main } from "../main.ts";

test("test --json prints each episode's figures and their means", async (context) => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a");
  const { code, out } = await memnet(
    context,
    "test",
    "a",
    "--episodes=2",
    "--engine=wasm",
    "--json",
    `--runs-dir=${runs.root}`,
  );
  assert.equal(code, exitCodes.done);
  const { mean, episodes, ...rest } = JSON.parse(out);
  assert.deepEqual(rest, {
    ...{ checkpoint: runs.checkpoint("a", 4), step: 4, engine: "wasm" },
    settings: { bits: 2, length: [1, 2] },
  });
  assert.equal(episodes.length, 2);
  for (const name of ["loss", "lossBits", "wrongBits", "exact"]) {
    assert.equal(mean[name], (episodes[0][name] + episodes[1][name]) / 2, name);
  }
});

test("test --json refuses a page and a run that is missing, and prints nothing", async (context) => {
  await using runs = await RunsOnDisk.begin();
  for (const args of [
    ["a", "--json"],
    ["a", "--json", "--serve"],
  ]) {
    const { code, out } = await memnet(context, "test", ...args, `--runs-dir=${runs.root}`);
    assert.deepEqual([code, out], [exitCodes.usage, ""]);
  }
});

test("tasks --json prints the tasks, or episodes by time and channel", async (context) => {
  const all = JSON.parse((await memnet(context, "tasks", "--json")).out);
  assert.deepEqual(Object.keys(all[0]), ["name", "settings", "beyond"]);
  const asked = ["tasks", "copy", "--set", "length=2", "--set", "bits=3", "--episodes", "1", "--json"];
  const { name, settings, seed, channels, episodes } = JSON.parse((await memnet(context, ...asked)).out);
  assert.deepEqual([name, settings, seed], ["copy", { bits: 3, length: 2 }, 1]);
  const [{ times, input, target, mask }] = episodes;
  assert.deepEqual([input.length, target.length, mask.length], [times, times, times]);
  assert.deepEqual([input[0].length, target[0].length], [channels.input.length, channels.output.length]);
  const answer = (target as number[][]).filter((_, time) => mask[time] === 1);
  const words = (input as number[][]).map((row) => row.slice(0, 3));
  assert.ok(words.some((_, time) => JSON.stringify(words.slice(time, time + 2)) === JSON.stringify(answer)));
});

test("report --json prints the paths of its files", async (context) => {
  await using runs = await RunsOnDisk.begin();
  await runs.add("a", { settings: { model: "lstm" } });
  const folder = join(runs.root, "report");
  const { out } = await memnet(context, "report", "a", "--json", "--out", folder, "--runs-dir", runs.root);
  const { name, files } = JSON.parse(out);
  assert.deepEqual([name, files[0]], ["a", join(folder, "report.html")]);
});

/** Runs a command in this process. @returns its exit code, and what it printed on stdout */
async function memnet(context: TestContext, ...args: string[]): Promise<{ code: number; out: string }> {
  let out = "";
  const { stdout } = process;
  const write = stdout.write.bind(stdout) as (...all: unknown[]) => boolean;
  // The test runner's reports, which are no text, pass.
  const mocked = context.mock.method(stdout, "write", (text: unknown, ...rest: unknown[]) => {
    if (typeof text !== "string") return write(text, ...rest);
    out += text;
    return true;
  });
  try {
    return { code: await main(args), out };
  } finally {
    mocked.mock.restore();
  }
}
