import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog, type LogLine, type LogOptions } from "./log.ts";

/** Creates a log, and returns its lines, parsed. */
function kept(options: Partial<LogOptions> = {}) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
  return { lines, log: createLog({ service: "trainer", destination, ...options }) };
}

test("createLog() writes a JSON line with level, service, message and fields", () => {
  const { lines, log } = kept();
  log.child({ run: "box_1" }).warn("Late", { waitedMs: 7 });
  const [line] = lines;
  assert.ok(typeof line?.time === "number");
  assert.deepEqual(
    { ...line, time: 0 },
    { time: 0, level: "warn", service: "trainer", run: "box_1", waitedMs: 7, message: "Late" },
  );
});

test("createLog() omits lines below its level", () => {
  const { lines, log } = kept({ level: "warn" });
  log.debug("no");
  log.info("no");
  log.warn("yes");
  log.error("yes");
  assert.equal(lines.length, 2);
});

test("createLog() writes an error's name, code, message and cause", () => {
  const { lines, log } = kept();
  const error = Object.assign(new RangeError("too far", { cause: new Error("deep") }), { code: "FAR" });
  log.error("Cannot continue", { error });
  const { stack, ...rest } = (lines[0] ?? assert.fail()).error as Record<string, unknown>;
  assert.deepEqual(rest, { name: "RangeError", message: "too far", code: "FAR", cause: "Error: deep" });
  assert.match(String(stack), /log\.test\.ts/);
});

test("createLog() passes lines of level info and above to onLine", () => {
  const got: LogLine[] = [];
  const { log } = kept({ level: "debug", onLine: (line) => got.push(line) });
  log.debug("no");
  log.child({ run: "box_1" }).info("yes", { step: 3 });
  assert.equal(got.length, 1);
  const { time, ...line } = got[0] ?? assert.fail();
  assert.ok(time > 0);
  assert.deepEqual(line, {
    level: "info",
    service: "trainer",
    message: "yes",
    fields: { run: "box_1", step: 3 },
  });
});

test("createLog() survives an onLine that logs or throws", () => {
  const { lines, log } = kept({
    onLine: (line) => {
      log.info("forwarding");
      if (line.message === "second") throw new Error("as planned");
    },
  });
  log.info("first");
  log.info("second");
  assert.deepEqual(
    lines.map(({ message }) => message),
    ["first", "forwarding", "second", "forwarding", "Cannot forward a log line"],
  );
});
