import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { skipWithout, startNatsServer } from "@memnet/service/testing";
import { programFor, run, withCommand } from "./main.ts";
import { memnetPath } from "./program.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Starts the program as a user does, in a folder of its own and without NATS. */
function memnet(
  context: TestContext,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Ended> {
  const cwd = emptyFolder(context);
  const { NATS_URL: _url, ...rest } = process.env;
  return new Promise((resolve) => {
    execFile(process.execPath, [memnetPath, ...args], { cwd, env: { ...rest, ...env } }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

/** Moves this process to where a command would start, until the test ends. */
function inEmptyFolder(context: TestContext): void {
  const folder = process.cwd();
  const { NATS_URL: url } = process.env;
  context.after(() => {
    process.chdir(folder);
    if (url !== undefined) process.env.NATS_URL = url;
  });
  process.chdir(emptyFolder(context));
  delete process.env.NATS_URL;
}

function emptyFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "memnet-main-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test("withCommand() runs train for no arguments, or flags alone", () => {
  assert.deepEqual(withCommand([]), ["train"]);
  assert.deepEqual(withCommand(["--seed", "2"]), ["train", "--seed", "2"]);
  assert.deepEqual(withCommand(["runs", "rm", "x"]), ["runs", "rm", "x"]);
  assert.deepEqual(withCommand(["--help"]), ["--help"]);
});

test("memnet --help lists the commands and the exit codes", async (context) => {
  const { code, out } = await memnet(context, ["--help"]);
  assert.equal(code, 0);
  for (const word of [
    "train",
    "test",
    "verify",
    "tasks",
    "runs",
    "status",
    "stop",
    "coordinator",
    "data-env",
    "doctor",
    "golden",
  ]) {
    assert.match(out, new RegExp(`^ {2}${word} `, "m"));
  }
  assert.match(out, /0 done, 1 failure, 2 bad usage or configuration, 3 the run failed, 130 interrupted/);
});

const commands = [
  "train",
  "test",
  "verify",
  "tasks",
  "runs",
  "status",
  "stop",
  "doctor",
  "golden",
  "coordinator",
  "trainer",
  "data-env",
  "evaluator",
];

for (const command of commands) {
  test(`memnet ${command} --help has a sentence and an example`, async () => {
    let out = "";
    const words = [command, "--help"];
    const program = await programFor(words, () => {}, {
      writeOut: (text) => {
        out += text;
      },
    });
    await assert.rejects(program.parseAsync(words, { from: "user" }), { code: "commander.helpDisplayed" });
    assert.match(out, /^Usage: memnet /);
    assert.match(out, /Examples?:\n {2}(NATS_URL=\S+ )?(MEMNET_PRESET=\S+ )?memnet /);
  });
}

const misuse: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [["train", "--preset", "nope"], /^Unknown preset "nope": it must be one of /],
  [["--bogus"], /unknown option '--bogus'/],
  [["train", "--seeds", "3..1"], /^Cannot use --seeds: a range's first number must not be above its second/],
  [["train", "--seeds", "1..3", "--seed", "2"], /^Cannot use --seeds with --seed or --set seed=/],
  [["train", "--seeds", "1,2", "--run", "x".repeat(58)], /^Cannot use the run name "x+-seed-1"/],
  [
    ["runs", "--goal", "exact>=1"],
    /^Cannot use --goal alone: --summary counts the steps to it, got exact>=1/,
  ],
  [
    ["runs", "--summary", "--goal", "steps<1"],
    /^Cannot use --goal: it must be one of loss, .*, got "steps<1"/,
  ],
  [["test", "--serve"], /^Cannot use --serve: it shows a run, and needs its name/],
  [["bogus"], /Unknown command bogus: it must be one of train, /],
  [["tset"], /^error: Unknown command tset; did you mean test\?$/m],
  [["doctor", "--role", "boss"], /option '--role <role>' argument 'boss' is invalid/],
  [["golden", "/etc/hostname"], /^Cannot read \/etc\/hostname: /],
  [["coordinator", "--steps", "x"], /^Cannot use --steps: /],
  [["trainer", "--run", "a.b"], /^Cannot use the run name "a\.b"/],
  [["data-env", "--nats-url", "http://x"], /^Cannot read a NATS address: /],
  [
    ["trainer", "--nats-url", "nats://user:pa/ss@word#1%@host:4222"],
    /^Cannot read a NATS address: .*, got "nats:\/\/\*\*\*@host:4222"\. Percent-encode/,
  ],
  [["train", "--config", "/"], /^Cannot read \/: it must be a JSON file, and it is a folder \(EISDIR\)/],
  [["train", "--init", "/nope"], /^Cannot read \/nope: it must be a safetensors file, and there is no file/],
  [
    ["train", "--runs-dir", memnetPath],
    /^Cannot start in .*: the runs folder must be one that can be written/,
  ],
  [["train", "--run", "-x"], /^Cannot use the run name "-x": a run's name must not begin with '-'/],
  [["evaluator", "--runs-dir", join(memnetPath, "x")], /^Cannot write to .*: --runs-dir must name a folder/],
  [["golden", "/"], /^Cannot read \/: it must be a safetensors file, and it is a folder/],
  [["test", "--checkpoint", "/"], /^Cannot read \/: it must be a safetensors file, and it is a folder/],
  [
    ["runs", "--runs-dir", "/nope"],
    /^Cannot read the runs folder \/nope: --runs-dir must name a folder that/,
  ],
  [["runs", "rm", "x", "--runs-dir", "/nope"], /^Cannot read the runs folder \/nope: /],
  [["runs", "--summary", "--runs-dir", memnetPath], /^Cannot read the runs folder .*, and a file is where/],
  [["test", "x", "--runs-dir", "/nope"], /^Cannot read the runs folder \/nope: /],
  [["test", "x", "--serve", "--runs-dir", "/nope"], /^Cannot read the runs folder \/nope: /],
  [["verify", "x", "--runs-dir", memnetPath], /^Cannot read the runs folder /],
  [["export", "x"], /^Cannot export a run: --csv or --tensorboard must name a folder/],
  [["export", "x", "--csv", "y", "--runs-dir", "/nope"], /^Cannot read the runs folder \/nope: /],
  [["report", "x", "--runs-dir", "/nope"], /^Cannot read the runs folder \/nope: /],
  [
    ["report", "x", "--out", join(memnetPath, "x")],
    /^Cannot write to .*: --out must name a folder that can be/,
  ],
];

for (const [args, message] of misuse) {
  test(`memnet ${args.join(" ")} ends with 2 and one clear line`, async (context) => {
    inEmptyFolder(context);
    let text = "";
    const code = await run(withCommand(args), (told) => {
      text += `${told}\n`;
    });
    assert.equal(code, 2, text);
    assert.match(text, message);
    assert.doesNotMatch(text, /\n {4}at |ss@/);
  });
}

test("memnet as a process ends with 2 and one clear line, without a password", async (context) => {
  for (const [args, message] of [
    ...misuse.slice(0, 1),
    [["train", "--nats-url=nats://user:pass@host"], /unknown option '--nats-url=nats:\/\/\*\*\*@host'/],
  ] as const) {
    const { code, out, err } = await memnet(context, args);
    assert.deepEqual([code, out], [2, ""], err);
    assert.match(err, message);
    assert.doesNotMatch(err, /\n {4}at |pass@/);
  }
});

test("memnet train names a port that is taken, for the page and for the metrics", async (context) => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => server.close());
  const { port } = server.address() as { port: number };
  const train = ["train", "--engine", "tfjs-cpu"];
  for (const [name, args, env] of [
    ["--port", [...train, "--port", String(port)], {}],
    ["MEMNET_METRICS_PORT", train, { MEMNET_METRICS_PORT: String(port) }],
  ] as const) {
    const { code, err } = await memnet(context, args, env);
    assert.equal(code, 2);
    assert.match(err, new RegExp(`^Cannot use ${name} ${port}: the port must be free`));
  }
});

test("memnet train and doctor name a temporary folder that does not exist", async (context) => {
  const env = { TMPDIR: "/nope" };
  const { code, err } = await memnet(context, ["train", "--engine", "tfjs-cpu"], env);
  assert.equal(code, 2);
  assert.match(
    err,
    /^Cannot make a temporary folder in \/nope: TMPDIR must name a folder that can be written, and there/,
  );
  assert.doesNotMatch(err, /\n {4}at /);
  const doctor = await memnet(context, ["doctor"], env);
  assert.equal(doctor.code, 0, doctor.out);
  assert.match(
    doctor.out,
    /^warning +temporary +\/nope cannot be written: there is no .* → `memnet train` needs one: set TMPDIR to a folder/m,
  );
});

test("memnet status reports that NATS is not reachable", async (context) => {
  const { code, err } = await memnet(context, ["status"], { NATS_URL: "nats://127.0.0.1:1" });
  assert.equal(code, 1);
  assert.match(err, /^Cannot connect to NATS at nats:\/\/127\.0\.0\.1:1: /);
});

test("memnet stop reports that it knows no actor to ask", async (context) => {
  const { code, err } = await memnet(context, ["stop", "copy-7"]);
  assert.equal(code, 1);
  assert.match(err, /^Cannot reach any run: NATS_URL is not set, and no launcher runs in runs /);
});

test("memnet runs lists an empty folder, and test refuses a run that does not exist", async (context) => {
  const { code, out } = await memnet(context, ["runs", "--json"]);
  assert.deepEqual([code, out], [0, "[]\n"]);
  const summary = await memnet(context, ["runs", "--summary"]);
  assert.deepEqual([summary.code, summary.out], [0, "There are no runs yet.\n"]);
  const missing = await memnet(context, ["test", "copy-7"]);
  assert.equal(missing.code, 2);
  assert.match(missing.err, /^There is no run copy-7 in /);
});

test("every command ends with 2 if NATS's payload limit is too low, and says how to raise it", {
  skip: skipWithout("nats-server"),
}, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "memnet-payload-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const configuration = join(folder, "nats.conf");
  writeFileSync(configuration, "max_payload: 64KB\n");
  await using broker = await startNatsServer(["-c", configuration]);
  for (const command of ["train", "coordinator", "trainer", "data-env", "evaluator", "status", "runs"]) {
    const { code, err } = await memnet(context, [command], { NATS_URL: broker.url });
    assert.equal(code, 2, command);
    assert.match(err, /max_payload is 65,536 bytes, .*; set max_payload: 1MB in the server's configuration/);
  }
});
