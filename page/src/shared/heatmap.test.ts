import assert from "node:assert/strict";
import { test } from "node:test";
import { amountScale, colourAt, painter, pairAt, pixels, signedScale, unit } from "./heatmap.ts";
import { darkTheme, lightTheme } from "./palette.ts";

for (const theme of [lightTheme, darkTheme]) {
  const name = theme.dark ? "dark" : "light";

  test(`amountScale() goes through its colours from 0 to the largest, ${name}`, () => {
    const scale = amountScale(theme, 1);
    assert.deepEqual(colourAt(scale, 0), scale.colours[0]);
    assert.deepEqual(colourAt(scale, 1), scale.colours.at(-1));
    assert.deepEqual(colourAt(scale, 2), scale.colours.at(-1));
    assert.deepEqual(colourAt(scale, -1), scale.colours[0]);
  });

  test(`pairAt() has the background at 0, two colours at its ends, and the strongest contrast for both, ${name}`, () => {
    const luminance = ([red, green, blue]: readonly number[]) => 0.3 * red! + 0.6 * green! + 0.1 * blue!;
    const [ground, first, second, both] = [
      pairAt(theme, 0, 0),
      pairAt(theme, 1, 0),
      pairAt(theme, 0, 1),
      pairAt(theme, 1, 1),
    ];
    assert.deepEqual(ground, colourAt(amountScale(theme, 1), 0));
    assert.ok(first[2] > first[0] && second[0] > second[2], "the first is blue, the second is orange");
    const contrast = (colour: readonly number[]) => Math.abs(luminance(colour) - luminance(ground));
    assert.ok(contrast(both) > Math.max(contrast(first), contrast(second)));
    assert.deepEqual(pairAt(theme, 2, -1), first);
    assert.deepEqual(pairAt(theme, Number.NaN, 0), [220, 30, 60]);
    assert.deepEqual(painter(theme, { kind: "pair", names: ["a", "b"] })(0, 1), second);
    assert.deepEqual(painter(theme, unit)(1, 0), colourAt(amountScale(theme, 1), 1));
  });

  test(`signedScale() has the background at 0 and opposite colours at its ends, ${name}`, () => {
    const scale = signedScale(theme, 3);
    assert.deepEqual(colourAt(scale, 0), scale.colours[1]);
    assert.deepEqual(colourAt(scale, 3), scale.colours[2]);
    assert.deepEqual(colourAt(scale, -3), scale.colours[0]);
  });
}

test("colourAt() shows non-finite values in a separate colour", () => {
  assert.deepEqual(colourAt(amountScale(lightTheme, 1), Number.NaN), [220, 30, 60]);
});

test("pixels() puts rows below each other and columns beside each other", () => {
  const scale = {
    lo: 0,
    hi: 1,
    colours: [
      [0, 0, 0],
      [100, 200, 50],
    ],
  } as const;
  const values = [
    [0, 1, 0],
    [1, 0, 0.5],
  ];
  const rgba = pixels(2, 3, (row, column) => colourAt(scale, values[row]![column]!));
  const reds = Array.from({ length: 6 }, (_, index) => rgba[index * 4]);
  assert.deepEqual(reds, [0, 100, 0, 100, 0, 50]);
  assert.deepEqual([...rgba.slice(4, 8)], [100, 200, 50, 255]);
});
