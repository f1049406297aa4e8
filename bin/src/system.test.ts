import assert from "node:assert/strict";
import { test } from "node:test";
import { systemFinding } from "./doctor/machine.ts";
import { main } from "./main.ts";
import { unsupported } from "./system.ts";

test("unsupported() admits Linux and macOS on x86-64 and arm64 alone", () => {
  for (const platform of ["linux", "darwin"])
    for (const arch of ["x64", "arm64"]) assert.equal(unsupported({ platform, arch }), null);
  assert.match(unsupported({ platform: "linux", arch: "riscv64" })!.why, /this is linux on riscv64$/);
  assert.match(unsupported({ platform: "win32", arch: "x64" })!.advice, /WSL 2/);
});

test("systemFinding() says the system, and fails on Windows", () => {
  assert.deepEqual(systemFinding({ platform: "darwin", arch: "arm64" }), {
    ...{ check: "system", level: "ok", text: "darwin on arm64", advice: null },
  });
  assert.equal(systemFinding({ platform: "freebsd", arch: "x64" }).level, "warning");
  assert.equal(systemFinding({ platform: "win32", arch: "x64" }).level, "failed");
});

test("a start says on stderr that the system is not supported, and starts anyway", async (context) => {
  const { platform } = process;
  const errors: string[] = [];
  const written = context.mock.method(process.stderr, "write", (text: string) => errors.push(text) > 0);
  try {
    Object.defineProperty(process, "platform", { value: "win32" });
    assert.equal(await main(["tasks"]), 0);
  } finally {
    Object.defineProperty(process, "platform", { value: platform });
    written.mock.restore();
  }
  assert.match(errors.join(""), /^memnet supports Linux and macOS .*, and this is win32 .*: use WSL 2/);
});
