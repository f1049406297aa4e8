import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { presets, settingsProperties } from "memnet";
import { made, root } from "./made.ts";
import { alternatives, type Json, propertiesOf } from "./schema.ts";

const texts = await made();

for (const [path, text] of Object.entries(texts)) {
  test(`${path} is what \`npm run reference\` makes of the sources`, () => {
    const current = readFileSync(new URL(path, root), "utf8");
    assert.ok(current === text, `${path} is stale: run \`npm run reference\``);
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
  const table = texts["docs/settings.md"]!;
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

test("the table of environment variables has every one that a source names", () => {
  const table = texts["docs/environment.md"]!;
  const folders = ["libs", "services", "page", "bin", "bench", "results", "deploy", "test", "package"];
  const sources = folders.flatMap((folder) =>
    readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: "utf8" })
      .filter(
        (path) =>
          /\.(ts|js|yaml|yml|conf)$/.test(path) &&
          !/node_modules|\.test\.ts$|build-|^program|^dist/.test(path),
      )
      .map((path) => new URL(`${folder}/${path}`, root)),
  );
  const named = sources.flatMap(
    (source) => readFileSync(source, "utf8").match(/\b(?:MEMNET|NATS)_[A-Z_]*[A-Z]\b/g) ?? [],
  );
  const ofKubernetes = "NATS_PORT";
  // passwords/users.conf defines these for nats.conf.
  const ofUsers = /^NATS_\w+_PASSWORD$/;
  assert.ok(new Set(named).size > 40);
  assert.deepEqual(
    [...new Set(named)]
      .filter((name) => name !== ofKubernetes && !ofUsers.test(name) && !table.includes(`\`${name}\``))
      .sort(),
    [],
  );
});
