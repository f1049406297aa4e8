import assert from "node:assert/strict";
import { test } from "node:test";
import { Roll } from "./roll.ts";

test("Roll keeps an actor that twice did not answer, and forgets it the third time", () => {
  const roll = new Roll<{ id: string }>();
  const ids = () => roll.actors.map(({ id }) => id).sort();
  const [a, b] = [{ id: "a" }, { id: "b" }];
  roll.answered([a, b]);
  roll.answered([b]);
  roll.answered([b]);
  assert.deepEqual(ids(), ["a", "b"]);
  roll.answered([a, b]);
  roll.answered([]);
  roll.answered([]);
  assert.deepEqual(ids(), ["a", "b"]);
  roll.answered([b]);
  assert.deepEqual(ids(), ["b"]);
});

test("Roll has each actor's latest answer", () => {
  const roll = new Roll<{ id: string; said: number }>();
  roll.answered([{ id: "a", said: 1 }]);
  roll.answered([{ id: "a", said: 2 }]);
  assert.deepEqual(roll.actors, [{ id: "a", said: 2 }]);
});
