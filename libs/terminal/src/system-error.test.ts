import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { isSystemError, systemReason, systemText } from "./system-error.ts";

function thrownBy(work: () => unknown): NodeJS.ErrnoException {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof Error && isSystemError(error));
    return error;
  }
  throw new Error("nothing was thrown");
}

const file = fileURLToPath(import.meta.url);

test("systemText() explains an error with a path, in words and with the code", () => {
  const cases: readonly (readonly [work: () => unknown, text: string])[] = [
    [() => readFileSync("/nope"), "Cannot use /nope: there is no file or folder of that name (ENOENT)"],
    [() => readdirSync(file), `Cannot use ${file}: a file is where a folder must be (ENOTDIR)`],
    [
      () => readFileSync(`/${"x".repeat(300)}`),
      `Cannot use /${"x".repeat(300)}: its name is too long (ENAMETOOLONG)`,
    ],
  ];
  for (const [work, text] of cases) assert.equal(systemText(thrownBy(work)), text);
  assert.equal(systemReason(thrownBy(() => readFileSync("/"))), "it is a folder (EISDIR)");
});

test("systemText() keeps the system's message for an error without a path", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const second = createServer().listen(port, "127.0.0.1");
  const error = await new Promise<NodeJS.ErrnoException>((resolve) => second.once("error", resolve));
  server.close();
  assert.match(systemText(error), /^listen EADDRINUSE: /);
});
