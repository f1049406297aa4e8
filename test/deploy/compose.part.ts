/**
 * Runs the services of compose.yaml in containers, which are started in the worst order, scaled, killed and stopped.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Composed } from "./composed.ts";
import { above, eventually } from "./eventually.ts";
import { leftOut } from "./images.ts";
import { Podman } from "./podman.ts";
import { onlyRun, recordOf, trainedHere } from "./run-record.ts";

const podman = Podman.given();
/** Containers start in seconds, but here all at the same time, and at first without the passwords. */
const startMs = 120_000;
const stepMs = 60_000;

type Status = Readonly<{ role: string; machine: string; run: string | null; state: string }>;

test("compose.yaml trains to the bits of a run without containers, whatever happens to its containers", {
  timeout: 480_000,
}, async (t) => {
  for (const [name, reason] of Object.entries(leftOut)) t.diagnostic(`${name} is left out: ${reason}`);
  // More steps than the test waits for.
  await using composed = await Composed.create(podman, { MEMNET_STEPS: "1000000" });
  const runsDir = await composed.volume("runs");
  const step = async (run: string) => (await recordOf(runsDir, run)).step;
  const status = async (): Promise<Status[]> =>
    JSON.parse(await composed.once("operator", "status", "--json"));
  const training = async (run: string) =>
    (await status()).filter((one) => one.role === "trainer" && one.run === run && one.state === "training");
  const trainers = (run: string, count: number) =>
    eventually(stepMs, async () => assert.equal((await training(run)).length, count));
  const phase = async (name: string, work: () => Promise<void>) => {
    const from = performance.now();
    try {
      await work();
    } catch (error) {
      console.error(await composed.told());
      throw new Error(`Not so: ${name}`, { cause: error });
    }
    t.diagnostic(`${name}: ${((performance.now() - from) / 1000).toFixed(1)} s`);
  };

  await phase("any order of starting works", async () => {
    // Each service starts before those that it needs: NATS without passwords, and the passwords last.
    for (const name of composed.usual.reverse()) await composed.scale(name, 1);
    await eventually(startMs, async () => above(0, await step(await onlyRun(runsDir))));
  });
  const run = await onlyRun(runsDir);
  assert.equal(run, "copy-ntm-1");

  await phase("health checks pass", async () => {
    for (const name of composed.usual.filter((one) => one !== "secrets")) {
      await eventually(startMs, () => composed.checkHealth(composed.only(name)));
    }
    const { Running, ExitCode } = await composed.state(composed.only("secrets"));
    assert.deepEqual({ Running, ExitCode }, { Running: false, ExitCode: 0 });
  });

  await phase("a service has no right that it does not need", async () => {
    for (const name of ["evaluator", "coordinator", "data-env", "trainer"]) {
      const said = await composed.exec(composed.only(name), "cat", "/proc/1/status");
      assert.match(said, /^Uid:\t10001\t10001/m, name);
      assert.match(said, /^CapBnd:\t0+$/m, name);
      assert.match(said, /^NoNewPrivs:\t1$/m, name);
      await assert.rejects(composed.exec(composed.only(name), "touch", "/app/bin/mine"), /Read-only/, name);
    }
  });

  await phase("the page answers, its script too", async () => {
    const address = (await composed.address("evaluator", 8097)).replace("127.0.0.1", "localhost");
    for (const [path, type] of [
      [`/env/${run}`, "text/html"],
      ["/assets/page-main.js", "text/javascript"],
    ] as const) {
      const response = await fetch(address + path);
      assert.equal(response.status, 200, path);
      assert.ok(response.headers.get("content-type")?.startsWith(type), path);
    }
  });

  await phase("more trainers join, and Prometheus scrapes them all", async () => {
    await composed.scale("trainer", 3);
    await trainers(run, 3);
    await scraped(composed, 6);
  });

  await phase("a trainer that is killed comes back", async () => {
    await kill(composed, composed.of("trainer")[1]!);
    await trainers(run, 3);
  });

  await phase("new passwords reach running services, and NATS takes them without a restart", async () => {
    await composed.once("secrets", "anew");
    const before = await step(run);
    await composed.signal(composed.only("nats"), "SIGHUP");
    await eventually(stepMs, async () => above(before + 20, await step(run)));
    await trainers(run, 3);
  });

  await phase("one trainer continues alone", async () => {
    await composed.scale("trainer", 1);
    await trainers(run, 1);
  });

  await phase("a killed coordinator resumes its run", async () => {
    await kill(composed, composed.only("coordinator"));
    const before = await step(run);
    await eventually(stepMs, async () => above(before + 100, await step(run)));
    assert.equal(await onlyRun(runsDir), run);
  });

  await phase("the operator lists and stops the run", async () => {
    assert.match(await composed.once("operator", "runs"), new RegExp(`${run} .*training`));
    assert.match(await composed.once("operator", "stop", run), /has stopped at step/);
  });
  const { checkpoint } = await recordOf(runsDir, run);

  await phase("every service ends by itself when it is told to", async () => {
    const codes = Object.entries(await composed.down());
    const own = codes.filter(([container]) => /-(evaluator|coordinator|data-env|trainer)-/.test(container));
    assert.deepEqual(
      own.map(([, code]) => code),
      [0, 0, 0, 0],
    );
  });

  assert.ok(checkpoint && checkpoint.step >= 200, `some hundred steps, got ${checkpoint?.step}`);
  await phase(`${checkpoint.step} steps without containers give ${checkpoint.sha256}`, async () => {
    assert.deepEqual((await trainedHere(podman.folder, checkpoint.step)).checkpoint, checkpoint);
  });
});

/** Kills the process itself, as the kernel might; podman has to restart it. */
async function kill(composed: Composed, container: string): Promise<void> {
  const { Pid } = await composed.state(container);
  process.kill(Pid, "SIGKILL");
  await eventually(stepMs, async () => {
    const now = await composed.state(container);
    assert.ok(now.Running && now.Pid !== Pid, "it is started again");
  });
}

/** Checks that every service is in Prometheus' list, and up. */
async function scraped(composed: Composed, count: number): Promise<void> {
  const address = await composed.address("prometheus", 9090);
  await eventually(stepMs, async () => {
    const response = await fetch(`${address}/api/v1/targets?state=active`);
    const { data } = (await response.json()) as {
      data: { activeTargets: { health: string; lastError: string; labels: { instance: string } }[] };
    };
    const seen = data.activeTargets.map(
      ({ health, labels, lastError }) => `${labels.instance} ${health} ${lastError}`,
    );
    assert.equal(data.activeTargets.filter(({ health }) => health === "up").length, count, seen.join("\n"));
  });
}
