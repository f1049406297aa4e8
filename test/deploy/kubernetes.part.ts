/**
 * Runs the pods of deploy/kubernetes as containers. Features that podman lacks are tested only against schemas and
 * rules, in deploy/kubernetes: network policies, disruption budgets, the autoscaler, Deployments' restarts, and the
 * kubelet's probing.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { pasted } from "../../deploy/kubernetes/operations.testing.ts";
import { above, eventually } from "./eventually.ts";
import { Played } from "./played.ts";
import { Podman } from "./podman.ts";
import { recordOf, trainedHere } from "./run-record.ts";

const podman = Podman.given();
const run = "played";
const preset = "original-ntm-copy";
/**
 * Steps are recorded at checkpoints, so these are frequent. Evaluations change no bit and would take longer than the
 * steps.
 */
const written = { MEMNET_CHECKPOINT_EVERY: "10", MEMNET_EVAL_EVERY: "1000000" };
const services = ["coordinator", "data-env", "evaluator", "trainer"];
/** Pods start in seconds, but here all at the same time on a machine with few cores. */
const startMs = 120_000;
const stepMs = 60_000;

type Status = Readonly<{ role: string; run: string | null; state: string }>;

test("the manifests' pods train to the bits of a run without containers, whatever happens to them", {
  timeout: 480_000,
}, async (t) => {
  const literals = Object.entries({ MEMNET_RUN: run, MEMNET_PRESET: preset, ...written });
  const [passwords, newPasswords] = pasted().secrets;
  assert.ok(passwords && newPasswords);
  await using played = await Played.create(
    podman,
    literals.map(([name, value]) => `${name}=${value}`),
    passwords,
  );
  let runsDir = "";
  const step = async () => (await recordOf(runsDir, run)).step;
  const goesOn = async (steps: number, after: string) => {
    const before = await step();
    try {
      await eventually(stepMs, async () => above(before + steps - 1, await step()));
    } catch (cause) {
      const status = await memnet("status").catch(String);
      const now = `step ${before}, now ${await step()}`;
      throw new Error(`No ${steps} steps after ${after}: ${now}\n${status}\n${await played.told()}`, {
        cause,
      });
    }
  };
  const memnet = (...args: string[]) => played.exec("operator", "memnet", ...args);
  const training = async () => {
    const all: Status[] = JSON.parse(await memnet("status", "--json"));
    return all.filter((one) => one.role === "trainer" && one.run === run && one.state === "training").length;
  };

  await t.test("without NATS a service is alive but not ready", async () => {
    for (const name of ["operator", ...services]) await played.scale(name, 1);
    runsDir = await played.volume("runs");
    for (const name of services) {
      const { livenessProbe, readinessProbe } = played.containerOf(name);
      await eventually(startMs, async () => {
        assert.equal((await played.probe(name, livenessProbe!.httpGet)).status, 200, name);
      });
      // The first dial takes a moment to fail.
      await eventually(startMs, async () => {
        const response = await played.probe(name, readinessProbe!.httpGet);
        assert.equal(response.status, 503, name);
        assert.match(await response.text(), /^not connected to NATS: .*(ENOTFOUND|EAI_AGAIN)/, name);
      });
    }
  });

  await t.test("with NATS all services are ready, and train", async () => {
    await played.scale("nats", 1);
    for (const name of ["nats", ...services]) {
      const { startupProbe, livenessProbe, readinessProbe } = played.containerOf(name);
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
        await eventually(startMs, async () => {
          const { status } = await played.probe(name, probe!.httpGet);
          assert.equal(status, 200, `${name}: ${probe!.httpGet.path}`);
        });
      }
    }
    await eventually(startMs, async () => {
      if ((await step()) === 0) throw new Error(`No step is kept:\n${await memnet("status")}`);
    });
  });

  await t.test("a pod has no permission that it does not need", async () => {
    for (const name of ["nats", "operator", ...services]) {
      const said = await played.exec(name, "cat", "/proc/1/status");
      assert.match(said, /^Uid:\t10001\t10001/m, name);
      assert.match(said, /^CapBnd:\t0+$/m, name);
      assert.match(said, /^NoNewPrivs:\t1$/m, name);
      assert.match(said, /^Seccomp:\t2$/m, name);
      await assert.rejects(played.exec(name, "touch", "/tmp/mine"), /Read-only/, name);
    }
  });

  await t.test("metrics and the page are served where the manifests say", async () => {
    const metrics = await played.probe("trainer", { path: "/metrics", port: "metrics" });
    assert.match(await metrics.text(), /^memnet_build_info\{/m);
    const page = await played.probe("evaluator", { path: `/env/${run}`, port: "page" });
    assert.equal(page.status, 200);
  });

  await t.test("the doctor reports no failure", async () => {
    assert.match(await played.exec("evaluator", "memnet", "doctor"), /runs folder.*\/runs can be written/);
  });

  await t.test("trainers scale, and any pod may be deleted", async () => {
    await played.scale("trainer", 3);
    await eventually(stepMs, async () => assert.equal(await training(), 3));
    for (const name of ["trainer", "data-env", "nats", "evaluator", "coordinator"]) {
      await played.replace(name);
      await goesOn(20, `the ${name} was replaced`);
    }
    await eventually(stepMs, async () => assert.equal(await training(), 3));
    await played.scale("trainer", 1);
    await eventually(stepMs, async () => assert.equal(await training(), 1));
  });

  await t.test("new passwords reach running pods, and NATS takes them without a restart", async () => {
    await played.mount(newPasswords);
    await played.exec("nats", "nats-server", "--signal", "reload=1");
    await goesOn(20, "the passwords were rotated");
  });

  await t.test(
    "a run stops and resumes with its coordinator's replicas, and the operator lists it",
    async () => {
      assert.match(await memnet("runs"), new RegExp(`^${run} .*training`, "m"));
      assert.equal(await played.stop("coordinator"), 0);
      assert.match(await memnet("runs"), new RegExp(`^${run} .*stopped`, "m"));
      const { checkpoint } = await recordOf(runsDir, run);
      assert.equal(checkpoint?.step, await step(), "the step at which it stopped is kept");
      await played.scale("coordinator", 1);
      await goesOn(20, "the coordinator came back");
      assert.match(await memnet("stop", run), /has stopped at step/);
    },
  );

  const { checkpoint } = await recordOf(runsDir, run);
  await t.test("every service ends by itself when it is asked to", async () => {
    for (const name of [...services, "nats"]) assert.equal(await played.stop(name), 0, name);
  });

  assert.ok(checkpoint && checkpoint.step >= 200, `some hundred steps, got ${checkpoint?.step}`);
  t.diagnostic(`${checkpoint.step} steps, SHA-256 ${checkpoint.sha256}`);
  const here = await trainedHere(
    podman.folder,
    checkpoint.step,
    `--preset=${preset}`,
    `--eval-every=${written.MEMNET_EVAL_EVERY}`,
  );
  assert.deepEqual(here.checkpoint, checkpoint);
});
