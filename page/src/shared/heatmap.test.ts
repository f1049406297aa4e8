import assert from "node:assert/strict";
import { test } from "node:test";
import { colourAt, pixels, signedScale, unitScale } from "./heatmap.ts";
import { darkTheme, lightTheme } from "./palette.ts";

for (const theme of [lightTheme, darkTheme]) {
  const name = theme.dark ? "dark" : "light";

  test(`unitScale() goes through its colours from 0 to 1, ${name}`, () => {
    const scale = unitScale(theme);
    assert.deepEqual(colourAt(scale, 0), scale.colours[0]);
    assert.deepEqual(colourAt(scale, 1), scale.colours.at(-1));
    assert.deepEqual(colourAt(scale, 2), scale.colours.at(-1));
    assert.deepEqual(colourAt(scale, -1), scale.colours[0]);
  });

  test(`signedScale() has the background at 0 and opposite colours at its ends, ${name}`, () => {
    const scale = signedScale(theme, 3);
    assert.deepEqual(colourAt(scale, 0), scale.colours[1]);
    assert.deepEqual(colourAt(scale, 3), scale.colours[2]);
    assert.deepEqual(colourAt(scale, -3), scale.colours[0]);
  });
}

test("colourAt() shows non-finite values in a separate colour", () => {
  assert.deepEqual(colourAt(unitScale(lightTheme), Number.NaN), [220, 30, 60]);
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
  const rgba = pixels(2, 3, (row, column) => values[row]![column]!, scale);
  const reds = Array.from({ length: 6 }, (_, index) => rgba[index * 4]);
  assert.deepEqual(reds, [0, 100, 0, 100, 0, 50]);
  assert.deepEqual([...rgba.slice(4, 8)], [100, 200, 50, 255]);
});
