import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { boards, folder, queriesOf, textOf } from "./boards.ts";

test("the committed dashboards are built from their source", () => {
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(boards).sort());
  for (const [file, dashboard] of Object.entries(boards)) {
    const committed = readFileSync(new URL(file, folder), "utf8");
    assert.equal(committed, textOf(dashboard), `${file}: build it again by npm run dashboards`);
  }
});

test("every panel has a description, its own position and the chosen data source", () => {
  for (const { title, panels = [] } of Object.values(boards)) {
    const places = new Set<string>();
    for (const panel of panels) {
      if (panel.type === "row") continue;
      assert.ok("targets" in panel && panel.description, `${title}, ${panel.title}`);
      assert.equal(panel.datasource?.uid, "$datasource");
      const { x, y, w } = panel.gridPos!;
      assert.ok(x + w <= 24 && !places.has(`${x},${y}`), `${title}, ${panel.title}`);
      places.add(`${x},${y}`);
    }
  }
});

test("queries use only the dashboard's own variables and Grafana's window", () => {
  for (const dashboard of Object.values(boards)) {
    const known = new Set((dashboard.templating?.list ?? []).map(({ name }) => name));
    for (const { panel, expr } of queriesOf(dashboard)) {
      for (const [, name] of expr.matchAll(/\$(\w+)/g)) {
        assert.ok(name === "__rate_interval" || known.has(name!), `${panel}: $${name}`);
      }
    }
  }
});
