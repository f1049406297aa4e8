import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { presets, settingsProperties } from "memnet";
import { made, root } from "./made.ts";
import { alternatives, type Json, propertiesOf } from "./schema.ts";

for (const [path, text] of Object.entries(made())) {
  test(`${path} is what \`npm run reference\` makes of the sources`, () => {
    assert.equal(readFileSync(new URL(path, root), "utf8"), text);
  });
}

test("every setting has a description", () => {
  const bare = (properties: Json, prefix: string): string[] =>
    Object.entries(properties).flatMap(([name, form]) =>
      alternatives(form as Json).flatMap((one) => {
        const described = (form as Json).description ?? one.description;
        const elements = (one.items ?? {}) as Json;
        const inner = { ...propertiesOf(one), ...propertiesOf(elements) };
        return [...(described ? [] : [`${prefix}${name}`]), ...bare(inner, `${prefix}${name}.`)];
      }),
    );
  assert.deepEqual(bare(settingsProperties(), ""), []);
  assert.deepEqual(bare({ mine: { type: "number" } }, ""), ["mine"]);
});

test("the table of settings has every setting of every preset", () => {
  const table = made()["docs/settings.md"]!;
  const paths = Object.values(presets).flatMap(({ task: _task, ...preset }) =>
    Object.entries(preset as Json).flatMap(([name, value]) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? Object.keys(value).map((inner) => `${name}.${inner}`)
        : [name],
    ),
  );
  assert.ok(paths.length > 50);
  assert.deepEqual(
    paths.filter((path) => !table.includes(`| \`${path}\` |`)),
    [],
  );
});
