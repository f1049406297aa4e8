import assert from "node:assert/strict";
import { test } from "node:test";
import { episodePicture, inputCell, outputCell } from "./picture.ts";

const episode = {
  input: { times: 5, channels: 2, data: [0, 1, 1, 0, 0, 0.3, 0, 0, 0, 0], names: ["0", "end"] },
  target: { times: 5, channels: 1, data: [0, 1, 0, 1, 0], names: ["0"] },
  mask: [0, 0, 0, 1, 1],
};

test("episodePicture() has a row for each channel, time to the right", () => {
  assert.equal(
    episodePicture({ ...episode, output: { times: 5, channels: 1, data: [9, 9, 9, -2, 0.5], names: ["0"] } }),
    [
      "         ┌─────┐",
      " input 0 │.#...│",
      "     end │#.3..│",
      "         ├─────┤",
      "    mask │...##│",
      "         ├─────┤",
      "target 0 │   #.│",
      "         ├─────┤",
      "output 0 │   oX│",
      "         └─────┘",
    ].join("\n"),
  );
});

test("episodePicture() leaves out the output if there is none", () => {
  const text = episodePicture(episode);
  assert.ok(!text.includes("output"));
});

test("episodePicture() continues a long episode in bands", () => {
  const times = 20;
  const plane = { times, channels: 1, data: new Float32Array(times), names: ["0"] };
  const text = episodePicture({ input: plane, target: plane, mask: new Float32Array(times) }, 25);
  assert.match(text, /times 0–11\n/);
  assert.match(text, /times 12–19\n/);
  for (const line of text.split("\n")) assert.ok(line.length <= 25, line);
});

test("episodePicture() shows more channels than a call can take arguments", () => {
  const channels = 200_000;
  const names = Array.from({ length: channels }, (_, channel) => String(channel));
  const plane = { times: 1, channels, data: new Float32Array(channels), names };
  assert.match(episodePicture({ input: plane, target: plane, mask: [1] }), /199999 │\.│\n/);
});

test("inputCell() distinguishes zeros, ones, tenths and other values", () => {
  const cells = [0, 1, 0.1, 0.2, 0.96, 1.5, -1, Number.NaN].map(inputCell);
  assert.deepEqual(cells, [".", "#", "1", "2", "9", "+", "-", "?"]);
});

test("outputCell() marks wrong bits; a logit of 0 is a 0", () => {
  assert.equal(outputCell(2, 1), "#");
  assert.equal(outputCell(-2, 0), ".");
  assert.equal(outputCell(0, 0), ".");
  assert.equal(outputCell(2, 0), "X");
  assert.equal(outputCell(-2, 1), "o");
  assert.equal(outputCell(Number.NaN, 1), "?");
});
