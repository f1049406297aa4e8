import assert from "node:assert/strict";
import { test } from "node:test";
import { type Route, Router } from "./router.ts";

function route(subject: string, owner = "one", queue?: string): Route<string> {
  return { owner, sid: subject, subject, queue };
}

/** Pattern, subject and whether they match, by the rules in the NATS documentation. */
const cases: [string, string, boolean][] = [
  ["a", "a", true],
  ["a", "b", false],
  ["a", "a.b", false],
  ["a.b", "a", false],
  ["*", "a", true],
  ["*", "a.b", false],
  ["a.*", "a.b", true],
  ["a.*", "a", false],
  ["*.b", "a.b", true],
  ["*.*", "a.b", true],
  ["a.*.c", "a.b.c", true],
  ["a.*.c", "a.b.d", false],
  [">", "a", true],
  [">", "a.b.c", true],
  ["a.>", "a", false],
  ["a.>", "a.b", true],
  ["a.>", "a.b.c", true],
  ["a.*.>", "a.b", false],
  ["a.*.>", "a.b.c", true],
  ["a*", "ab", false],
  ["constructor.__proto__", "constructor.__proto__", true],
];

test("match() follows NATS's wildcards", () => {
  for (const [pattern, subject, expected] of cases) {
    const router = new Router<string>();
    router.add(route(pattern));
    assert.equal(router.match(subject).length, expected ? 1 : 0, `${pattern} on ${subject}`);
  }
});

test("match() finds every subscription of a subject once", () => {
  const router = new Router<string>();
  const patterns = ["a.b", "a.*", "*.b", "a.>", ">", "*.*", "b.*", "a"];
  for (const pattern of patterns) router.add(route(pattern));
  const found = router.match("a.b").map(({ subject }) => subject);
  assert.deepEqual(found.sort(), ["*.*", "*.b", ">", "a.*", "a.>", "a.b"]);
});

test("match() picks one member of each queue group across all patterns", () => {
  let next = 0;
  const router = new Router<string>(() => next);
  router.add(route("a.b", "one", "workers"));
  router.add(route("a.*", "two", "workers"));
  router.add(route("a.b", "three", "others"));
  router.add(route("a.b", "four"));
  assert.deepEqual(
    router
      .match("a.b")
      .map(({ owner }) => owner)
      .sort(),
    ["four", "one", "three"],
  );
  next = 0.99;
  assert.deepEqual(
    router
      .match("a.b")
      .map(({ owner }) => owner)
      .sort(),
    ["four", "three", "two"],
  );
});

test("remove() forgets a subscription and leaves the others", () => {
  const router = new Router<string>();
  const routes = ["a", "a.b", "a.b.c", "a.>"].map((subject) => route(subject));
  for (const each of routes) router.add(each);
  const [, middle] = routes;
  assert.ok(middle);
  router.remove(middle);
  router.remove(middle);
  router.remove(route("never.there"));
  assert.deepEqual(
    router.match("a.b").map(({ subject }) => subject),
    ["a.>"],
  );
  assert.equal(router.match("a.b.c").length, 2);
  for (const each of routes) router.remove(each);
  assert.deepEqual(router.match("a.b.c"), []);
});
