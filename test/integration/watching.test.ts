/** A real Prometheus on a real run: every dashboard and alert has its figures, and a fault fires its alert. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { messages, subjects } from "@memnet/protocol";
import { skipWithout, startNatsServer } from "@memnet/service/testing";
import { boards, marksOf, queriesOf } from "../../deploy/grafana/boards.ts";
import { Cluster, pacedFlags } from "./cluster.testing.ts";
import { hastyWindow, Prometheus } from "./prometheus.testing.ts";

const run = "watched";
/** Longer than the test lasts, with an evaluation including sizes beyond training about every second. */
const flags = [
  ...pacedFlags,
  ...["--steps=100000", "--set=evaluateEvery=16", "--set=beyondEvery=1", "--set=trainers=2"],
];
const roles = ["coordinator", "data-env", "evaluator", "trainer", "worker"];

/** Expressions that give no figure in a run without faults, by a part of the expression, with the reason. */
const zeroByNature: Readonly<Record<string, string>> = {
  memnet_recovery_seconds: "nothing has failed yet; asked again below, once something has",
  memnet_recovered_in_8s: "the same",
  certificate_expiry: "this NATS has no certificate",
  gnatsd_: "NATS' exporter is no package that is installed here",
};

test("Prometheus has every figure of dashboards and alerts, and reports that a run takes no step", {
  skip: skipWithout("nats-server") || skipWithout("prometheus"),
  timeout: 240_000,
}, async () => {
  await using cluster = await Cluster.on(await startNatsServer(["-js"]));
  const evaluator = cluster.spawn("evaluator");
  cluster.spawn("data-env");
  cluster.spawn("worker");
  const trainers = [cluster.spawn("trainer"), cluster.spawn("trainer")];
  await cluster.idleTrainers(2);
  let coordinator = cluster.coordinator(run, ...flags);
  await cluster.until(({ step }) => step > 0);
  const ports = await metricsPorts(cluster);
  await using prometheus = await Prometheus.start(ports.evaluator!);

  // Windows fill after some scrapes, and the first evaluation takes its time.
  await eventually(90_000, async () => {
    const missing = await withoutData(prometheus, await instances(prometheus));
    assert.deepEqual(missing, []);
  });
  const described = await readFile(new URL("../../docs/metrics.md", import.meta.url), "utf8");
  const served = (await prometheus.names()).flatMap(
    (name) => /^memnet_(?!process_|nodejs_)(.*?)(_bucket|_sum|_count)?$/.exec(name)?.[1] ?? [],
  );
  assert.deepEqual(
    [...new Set(served)].filter((name) => !described.includes(`\`${name}\``)),
    [],
    "docs/metrics.md names every metric",
  );

  const firing = async () =>
    (await prometheus.alerts()).filter(({ state }) => state === "firing").map(({ labels }) => labels);
  assert.deepEqual(await firing(), [], "nothing is wrong with this run");

  for (const trainer of trainers) trainer.kill("SIGKILL");
  await eventually(60_000, async () => {
    const alerts = await firing();
    const stuck = alerts.find(({ alertname }) => alertname === "MemnetNoStep");
    assert.equal(stuck?.run, run, JSON.stringify(alerts));
    const few = alerts.some(({ alertname }) => alertname === "MemnetFewTrainers");
    assert.ok(few, JSON.stringify(alerts));
    assert.equal((await prometheus.query('up{service="trainer"}')).length, 0, "the list forgets who is gone");
  });
  // An alert fires before its series is written.
  const shown = queriesOf(boards["cluster.json"]!).find(({ panel }) => panel.endsWith("Alerts"))!.expr;
  await eventually(10_000, async () => {
    const [counted] = await prometheus.query(filled(shown, {}));
    assert.ok(Number(counted?.value[1]) >= 2, `${counted?.value[1]} alerts are counted`);
  });

  for (let index = 0; index < 2; index++) cluster.spawn("trainer");
  await eventually(60_000, async () => {
    assert.deepEqual(await firing(), [], "the run continues");
  });
  for (const { expr } of queriesOf(boards["run.json"]!).filter(({ expr }) => isZeroByNature(expr))) {
    // Later steps have left a short window, so use a window over the whole test.
    const [recovered] = await prometheus.query(filled(expr, {}).replaceAll(`[${hastyWindow}]`, "[10m]"));
    assert.equal(recovered?.metric.fault, "trainer");
    assert.ok(Number(recovered?.value[1]) > 1, "longer than the second after which a trainer is missed");
  }

  coordinator.kill("SIGKILL");
  await eventually(60_000, async () => {
    const gone = (await firing()).find(({ alertname }) => alertname === "MemnetNoCoordinator");
    assert.equal(gone?.run, run);
  });
  coordinator = cluster.coordinator(run, ...flags);
  await eventually(60_000, async () => assert.deepEqual(await firing(), [], "another has taken the run"));

  const after = await metricsPorts(cluster);
  const { stop, stopped } = messages;
  await cluster.messenger.ask(stop, stopped, subjects.run(run).stop, { run }, 5000);
  await once(coordinator, "exit");
  await cluster.idleTrainers(2);
  for (const role of ["evaluator", "trainer"]) {
    const text = await metricsAt(after[role]);
    assert.match(text, /memnet_build_info/);
    const left = text.split("\n").filter((line) => line.includes(`run="${run}"`));
    assert.deepEqual(left, [], `the ${role}'s series of the run go with it`);
  }

  evaluator.kill("SIGKILL");
  await eventually(60_000, async () => {
    const alerts = await firing();
    const none = alerts.some(({ alertname }) => alertname === "MemnetNoEvaluator");
    assert.ok(none, JSON.stringify(alerts));
  });
});

test("promtool finds no fault in the metrics of any service", {
  skip: skipWithout("nats-server") || skipWithout("promtool"),
  timeout: 120_000,
}, async () => {
  await using cluster = await Cluster.on(await startNatsServer(["-js"]));
  for (const role of ["evaluator", "data-env", "trainer", "worker"] as const) cluster.spawn(role);
  await cluster.idleTrainers(1);
  cluster.coordinator(run, ...flags, "--set=trainers=1");
  await cluster.until(({ step }) => step > 20);
  const ports = await metricsPorts(cluster);
  assert.deepEqual(Object.keys(ports).sort(), roles);
  // An evaluation's figures come later than the step that it measures.
  await eventually(60_000, async () =>
    assert.match(await metricsAt(ports.evaluator), /^memnet_best_step\{/m),
  );
  for (const [role, port] of Object.entries(ports)) {
    const text = await metricsAt(port);
    assert.match(text, /^memnet_build_info/m);
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input: text });
    assert.equal(`${stdout}${stderr}`, "", role);
    assert.equal(status, 0, role);
  }
});

async function metricsAt(port: number | undefined): Promise<string> {
  return (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
}

/** The metrics port of one process of each role. */
async function metricsPorts(cluster: Cluster): Promise<Partial<Record<string, number>>> {
  const { askStatus, status } = messages;
  const actors = await cluster.messenger.askAll(askStatus, status, subjects.status, {}, 500);
  return Object.fromEntries(actors.map(({ role, metricsPort }) => [role, metricsPort ?? undefined]));
}

/** The same processes, as Prometheus names them. */
async function instances(prometheus: Prometheus): Promise<{ service: string; instance: string }[]> {
  const found = await prometheus.query("memnet_build_info");
  const all = found.map(({ metric }) => ({ service: metric.service!, instance: metric.instance! }));
  assert.deepEqual([...new Set(all.map(({ service }) => service))].sort(), roles);
  return all;
}

/** Lists expressions that return nothing, with their locations. */
async function withoutData(
  prometheus: Prometheus,
  services: readonly { service: string; instance: string }[],
): Promise<string[]> {
  const missing: string[] = [];
  const look = async (where: string, exprs: readonly string[]) => {
    if (exprs.some(isZeroByNature)) return;
    const answers = await Promise.all(exprs.map((expr) => prometheus.query(expr)));
    if (answers.every((series) => series.length === 0)) missing.push(`${where}: ${exprs[0]}`);
  };
  for (const dashboard of Object.values(boards)) {
    // Fails for an expression that Prometheus does not understand.
    for (const { expr } of marksOf(dashboard)) await prometheus.query(filled(expr, {}));
    for (const { panel, expr } of queriesOf(dashboard)) {
      // Metrics of one kind of service exist only there.
      const choices = expr.includes("$instance") ? services : [{}];
      await look(
        panel,
        choices.map((choice) => filled(expr, choice)),
      );
    }
  }
  const rules = await prometheus.rules();
  assert.ok(rules.length > 0);
  for (const { type, name, query } of rules) {
    if (type === "recording") await look(name, [query]);
    else for (const part of partsOf(query)) await look(name, [part]);
  }
  return missing;
}

/** Turns an alert's conditions into figures, 0 or 1, since the alert itself returns nothing while all is well. */
function partsOf(query: string): string[] {
  return query
    .split(/\s+(?:or|and|unless)(?: on \([^)]*\))?\s+/)
    .map((part) => part.replaceAll(/ (==|!=|>=|<=|>|<) (?!bool)/g, " $1 bool "));
}

function isZeroByNature(expr: string): boolean {
  return Object.keys(zeroByNature).some((part) => expr.includes(part));
}

/** Fills in a query's variables as Grafana does. */
function filled(expr: string, choice: Readonly<Record<string, string>>): string {
  const values: Readonly<Record<string, string>> = {
    __rate_interval: hastyWindow,
    namespace: ".*",
    run,
    ...choice,
  };
  return expr.replaceAll(/\$(\w+)/g, (whole, name: string) => values[name] ?? whole);
}

/**
 * Repeats `check` until it succeeds; after `timeoutMs` throws its last error. An `assert.ok()` in it needs a message: when
 * one without a message fails, Node.js 20 searches its source, and never ends in a file that tsx has compiled.
 */
async function eventually(timeoutMs: number, check: () => Promise<void>): Promise<void> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
