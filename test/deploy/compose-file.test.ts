import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
import { parse } from "yaml";
import { readComposeFile, stopOrder } from "./compose-file.ts";
import { podmanArguments } from "./podman-arguments.ts";

const deploy = new URL("../../deploy/", import.meta.url);
const text = await readFile(new URL("compose.yaml", deploy), "utf8");

test("readComposeFile() merges settings that several services share, and fills in variables", () => {
  const { services } = readComposeFile(text, { MEMNET_STEPS: "300" });
  assert.equal(services.trainer?.image, "memnet:0.1.0");
  assert.deepEqual(services.trainer?.cap_drop, ["ALL"]);
  assert.equal(services.coordinator?.environment.MEMNET_STEPS, "300");
  assert.equal(services.coordinator?.environment.MEMNET_PRESET, "");
  assert.equal(services["trainer-gpu"]?.environment.NATS_USER, "trainer");
});

test("a run of compose.yaml has a name: its own, or its preset and seed", () => {
  const run = (env: Record<string, string>) =>
    readComposeFile(text, env).services.coordinator?.environment.MEMNET_RUN;
  assert.equal(run({}), "copy-ntm-1");
  assert.equal(run({ MEMNET_PRESET: "copy-dnc", MEMNET_SEED: "7" }), "copy-dnc-7");
  assert.equal(run({ MEMNET_PRESET: "copy-dnc", MEMNET_RUN: "mine" }), "mine");
});

test("how many containers a service has is a variable, which an up without --scale keeps", () => {
  const env = { MEMNET_TRAINERS: "4", MEMNET_DATA_ENVS: "2", MEMNET_WORKERS: "0" };
  const { services } = readComposeFile(text, env);
  const scales = ["trainer", "data-env", "worker", "trainer-gpu", "coordinator"].map(
    (name) => services[name]?.scale,
  );
  assert.deepEqual(scales, [4, 2, 0, 1, 1]);
  assert.equal(readComposeFile(text, {}).services.trainer?.scale, 1);
});

test("where SELinux confines containers, they may read what is mounted from the host", () => {
  const mounted = Object.values(readComposeFile(text, {}).services).flatMap(({ volumes }) =>
    volumes.filter((volume) => volume.startsWith(".")),
  );
  assert.ok(mounted.length > 10);
  for (const volume of mounted) assert.match(volume, /:ro,z$/);
});

test("each trainer on a GPU has one of its own, and a profile as many as its name says", () => {
  const { services } = readComposeFile(text, {});
  const gpus = Object.entries(services).flatMap(([name, { profiles, deploy }]) =>
    name.startsWith("trainer-gpu") ? [{ profiles, devices: deploy?.resources.reservations.devices }] : [],
  );
  for (const [profile, count] of [
    ["gpu", 1],
    ["gpus-2", 2],
    ["gpus-4", 4],
    ["gpus-8", 8],
  ] as const) {
    const used = gpus.filter(({ profiles }) => profiles.includes(profile)).map(({ devices }) => devices);
    const wanted = Array.from({ length: count }, (_, index) => [
      { driver: "nvidia", capabilities: ["gpu"], device_ids: [String(index)] },
    ]);
    assert.deepEqual(used, wanted, profile);
  }
});

test("a task file of one's own reaches every service that loads a run's task", () => {
  const { services } = readComposeFile(text, {
    MEMNET_TASKS: "/home/me/tasks",
    MEMNET_TASK: "/tasks/mine.ts",
  });
  assert.equal(services.coordinator?.environment.MEMNET_TASK, "/tasks/mine.ts");
  const roles = new Set(["coordinator", "data-env", "evaluator", "operator", "trainer", "worker"]);
  for (const [name, { environment, volumes }] of Object.entries(services)) {
    const has = volumes.includes("/home/me/tasks:/tasks:ro,z");
    assert.equal(has, roles.has(environment.NATS_USER ?? ""), name);
  }
});

test("readComposeFile() refuses an unknown setting", () => {
  assert.throws(
    () => readComposeFile(text.replace("    user: ", "    privileged: true\n    user: "), {}),
    /privileged/,
  );
});

test("every service of compose.yaml is contained", () => {
  for (const [name, service] of Object.entries(readComposeFile(text, {}).services)) {
    assert.ok(service.read_only, name);
    assert.deepEqual(service.cap_drop, ["ALL"], name);
    assert.deepEqual(service.cap_add, name === "secrets" ? ["DAC_OVERRIDE"] : [], name);
    assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name);
    assert.ok(service.mem_limit && service.pids_limit, name);
    for (const port of service.ports) assert.match(port, /^127\.0\.0\.1:/, name);
  }
});

test("a password of compose.yaml is visible only to its role and to NATS", () => {
  const { services } = readComposeFile(text, {});
  const readersOf = (volume: string) =>
    Object.entries(services)
      .filter(([, { volumes }]) => volumes.some((one) => one.startsWith(`${volume}:`)))
      .map(([name]) => name);
  for (const role of ["coordinator", "trainer", "data-env", "evaluator", "worker", "operator"]) {
    const users = readersOf(`secret-${role}`).filter((name) => name !== "secrets");
    for (const user of users) assert.equal(services[user]?.environment.NATS_USER, role);
    assert.ok(users.length > 0);
  }
  assert.deepEqual(readersOf("secret-nats"), ["secrets", "nats"]);
  for (const [name, { environment }] of Object.entries(services))
    assert.equal(environment.NATS_PASSWORD, undefined, name);
});

test("stopOrder() stops the coordinator before the evaluator, and NATS after both", () => {
  const order = stopOrder(readComposeFile(text, {}));
  const places = ["coordinator", "evaluator", "nats", "secrets"].map((name) => order.indexOf(name));
  assert.deepEqual(
    places,
    places.toSorted((a, b) => a - b),
  );
});

test("podmanArguments() translates the file's settings", () => {
  const { services } = readComposeFile(text, {});
  const said = podmanArguments("evaluator", services.evaluator!, { folder: "/deploy", project: "memnet" });
  for (const argument of [
    "--network=memnet_default",
    "--network-alias=evaluator",
    "--read-only=true",
    "--cap-drop=ALL",
    "--stop-timeout=30",
    "--publish=127.0.0.1::8097",
    "--volume=memnet_runs:/runs",
    "--env=NATS_USER=evaluator",
  ])
    assert.ok(said.includes(argument), argument);
  assert.deepEqual(said.slice(said.indexOf("localhost/memnet")), [
    "localhost/memnet",
    "evaluator",
    "--page-host",
    "0.0.0.0",
    "--page-port",
    "8097",
  ]);
});

test("podmanArguments() passes a health check's command without its leading keyword", () => {
  const { services } = readComposeFile(text, {});
  const said = podmanArguments("nats", services.nats!, { folder: "/deploy", project: "memnet" });
  const check = '--health-cmd=["wget","-q","-O","/dev/null","http://127.0.0.1:8222/healthz"]';
  assert.ok(said.includes(check), said.join("\n"));
});

test("Prometheus in Compose is configured as beside npm start, except for the evaluator's name and NATS' exporter", async () => {
  const settings = async (name: string) => parse(await readFile(new URL(name, deploy), "utf8"));
  const alone = await settings("prometheus/prometheus.yml");
  const [services, nats, ...more] = (await settings("compose/prometheus.yml")).scrape_configs;
  const {
    scrape_configs: [named],
  } = JSON.parse(JSON.stringify(alone).replace("127.0.0.1:8098", "evaluator:8098"));
  assert.deepEqual(services, named);
  assert.deepEqual(nats.static_configs, [
    { targets: ["nats-exporter:7777"], labels: { job: "memnet", service: "nats" } },
  ]);
  assert.deepEqual(more, []);
  assert.ok("nats-exporter" in readComposeFile(text, {}).services);
});
