/** A run in an S3 bucket and back, by the commands of docs/operations.md, against a real server of that API. */

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { skipWithout, skipWithoutPython } from "@memnet/service/testing";
import { train } from "memnet";
import { freePort } from "../cluster/processes.ts";
import { smallSettings } from "./cluster.testing.ts";
import { Launcher, saysMore } from "./launcher.testing.ts";

const skip = skipWithout("aws") || skipWithoutPython("moto.server");
const { engine: _reference, ...settings } = smallSettings;

/** Starts moto's server. @returns the environment variables by which `aws` finds it */
async function startBucket(): Promise<{ env: Readonly<Record<string, string>> } & AsyncDisposable> {
  const port = await freePort();
  const child = spawn("python3", ["-m", "moto.server", "--host", "127.0.0.1", "--port", String(port)]);
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => said.push(String(data)));
  while (!said.join("").includes("Running on")) {
    assert.equal(child.exitCode, null, said.join(""));
    await saysMore(child);
  }
  return {
    env: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_DEFAULT_REGION: "us-east-1",
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

/** The guide's two commands, without kubectl, on a runs folder of this machine. */
async function documented(runsDir: string): Promise<{ store: string; restore: string }> {
  const guide = await readFile(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const command = (pattern: RegExp) => {
    const line = guide.split("\n").find((text) => pattern.test(text));
    assert.ok(line, `the guide has ${pattern}`);
    const here = line
      .replace(/kubectl .* deployment\/evaluator -- /, "")
      .replace("-C /runs", `-C ${runsDir}`);
    assert.doesNotMatch(here, /kubectl|\/runs /);
    return here;
  };
  return { store: command(/\| aws s3 cp - /), restore: command(/^aws s3 cp .* - \|/) };
}

test("a stopped run goes to a bucket and comes back: it resumes to the same bits", { skip }, async () => {
  await using bucket = await startBucket();
  await using launcher = await Launcher.inFolder();
  const { store, restore } = await documented(launcher.runsDir);
  const shell = (command: string) => {
    const env = { PATH: process.env.PATH, ...bucket.env };
    const { status, stderr } = spawnSync("bash", ["-euo", "pipefail", "-c", command], {
      env,
      encoding: "utf8",
    });
    assert.equal(status, 0, `${command}\n${stderr}`);
  };
  const begun = await launcher.train("copy-1", "--steps=6").ended;
  assert.equal(begun.code, 0, begun.text);
  shell("aws s3 mb s3://memnet");
  shell(store);
  await rm(join(launcher.runsDir, "copy-1"), { recursive: true });
  shell(restore);
  const resumed = await launcher.train("copy-1", "--steps=12").ended;
  assert.equal(resumed.code, 0, resumed.text);
  const { sha256 } = await train({ settings });
  const lines = await launcher.lines("copy-1");
  assert.equal(lines.findLast(({ kind }) => kind === "checkpoint")?.sha256, sha256);
  assert.deepEqual(
    lines.filter(({ kind }) => kind === "step").map(({ step }) => step),
    Array.from({ length: 12 }, (_, index) => index + 1),
  );
  const verified = await launcher.memnet("verify", "copy-1").ended;
  assert.equal(verified.code, 0, verified.text);
});
