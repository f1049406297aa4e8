/** The page behind a proxy: it answers under the names that the environment makes known, and no others. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { test } from "node:test";
import { skipWithout, startNatsServer } from "@memnet/service/testing";
import { Cluster } from "./cluster.testing.ts";

test("MEMNET_PAGE_NAMES makes names known to the page; any other gets 421 and a sentence that names the variable", {
  skip: skipWithout("nats-server"),
  timeout: 240_000,
}, async () => {
  const env = { MEMNET_PAGE_NAMES: "memnet.example.org, runs.example.org" };
  await using cluster = await Cluster.on(await startNatsServer(), () => env);
  cluster.spawn("evaluator", "--page-port=0", "--page-host=127.0.0.1");
  const [, port] = await cluster.says(
    /"address":"http:\/\/127\.0\.0\.1:(\d+)\/","message":"The page is served"/,
  );
  const asked = async (host: string) => {
    const [response] = (await once(
      get({ port: Number(port), host: "127.0.0.1", headers: { host } }),
      "response",
    )) as [IncomingMessage];
    return { status: response.statusCode, text: (await response.toArray()).join("") };
  };
  for (const host of ["memnet.example.org", "runs.example.org:443", `127.0.0.1:${port}`]) {
    assert.equal((await asked(host)).status, 200, host);
  }
  const { status, text } = await asked("evil.example.org");
  assert.equal(status, 421);
  assert.match(text, /MEMNET_PAGE_NAMES/);
});
