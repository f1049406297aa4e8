import assert from "node:assert/strict";
import { test } from "node:test";
import { smallConfig } from "@memnet/runs/testing";
import type { Settings } from "memnet";
import { networkText } from "./run-data.ts";

test("networkText() names a controller and variants that a model does not have by default", () => {
  const text = (settings: Settings) => networkText(smallConfig(settings).training);
  const controller = { kind: "feedforward" };
  assert.equal(text({}), "NTM");
  assert.equal(text({ controller }), "NTM with a feed-forward controller");
  assert.equal(text({ model: "lstm" }), "LSTM");
  assert.equal(text({ model: "dnc", memory: { masked: true } }), "DNC with masks");
  const memory = { masked: true, deallocate: true, sharpen: true };
  assert.equal(
    text({ model: "dnc", controller, memory }),
    "DNC with a feed-forward controller, masks, de-allocation and sharpening",
  );
});
