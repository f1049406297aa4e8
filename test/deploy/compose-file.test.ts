import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import test from "node:test";
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

test("Prometheus in Compose is configured as beside npm start, except for the evaluator's name", async () => {
  const settings = async (name: string) =>
    (await readFile(new URL(name, deploy), "utf8")).split("\n").filter((line) => !line.startsWith("#"));
  const alone = (await settings("prometheus/prometheus.yml")).join("\n");
  assert.equal(
    (await settings("compose/prometheus.yml")).join("\n"),
    alone.replace("127.0.0.1:8098", "evaluator:8098"),
  );
});
