import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { boards, folder, marksOf, queriesOf, textOf } from "./boards.ts";

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
    for (const { panel, expr } of [...queriesOf(dashboard), ...marksOf(dashboard)]) {
      for (const [, name] of expr.matchAll(/\$(\w+)/g)) {
        assert.ok(name === "__rate_interval" || known.has(name!), `${panel}: $${name}`);
      }
    }
  }
});

test("boards show the chosen namespaces, and add up no two runs of one name", () => {
  for (const [name, dashboard] of Object.entries(boards)) {
    const { allValue, current } = dashboard.templating!.list!.find((one) => one.name === "namespace")!;
    assert.deepEqual([allValue, current?.value], [".*", "$__all"], name);
    for (const { panel, expr } of [...queriesOf(dashboard), ...marksOf(dashboard)]) {
      for (const [, labels] of expr.matchAll(/by \(([^)]*\brun\b[^)]*)\)/g))
        assert.match(labels!, /namespace/, panel);
      // A process has an address of its own in the whole cluster.
      if (expr.includes("$instance")) continue;
      const selected = expr.matchAll(/\b(?:memnet_|ALERTS)[\w:]*(\{[^}]*\})?/g);
      for (const [whole, labels] of selected)
        assert.match(labels ?? "", /namespace=~"\$namespace"/, `${panel}: ${whole}`);
    }
  }
});

test("a number shows the newest value, in a colour that was chosen", () => {
  // Without thresholds of its own, Grafana paints every number above 80 red.
  const stats = Object.values(boards).flatMap(({ panels = [] }) =>
    panels.flatMap((panel) => ("targets" in panel && panel.type === "stat" ? [panel] : [])),
  );
  assert.ok(stats.length > 10);
  for (const { title, fieldConfig, options } of stats) {
    const [base, ...others] = fieldConfig?.defaults?.thresholds?.steps ?? [];
    assert.deepEqual(base, { value: null, color: "text" }, title);
    const values = others.map(({ value }) => value!);
    assert.deepEqual(
      values,
      [...values].sort((a, b) => a - b),
      title,
    );
    const { calcs } = (options as { reduceOptions: { calcs: string[] } }).reduceOptions;
    assert.deepEqual(calcs, ["lastNotNull"], title);
  }
});

test("each query of a panel has its own letter, and a table's columns name them", () => {
  for (const { panels = [] } of Object.values(boards)) {
    for (const panel of panels) {
      if (!("targets" in panel) || panel.type === "row") continue;
      const letters = (panel.targets ?? []).map((target) => (target as { refId?: string }).refId);
      assert.equal(new Set(letters).size, letters.length, panel.title);
      if (panel.type !== "table") continue;
      const columns = panel.fieldConfig!.overrides.map(({ matcher }) => matcher.options);
      assert.deepEqual(
        columns,
        ["run", "namespace", ...letters.map((letter) => `Value #${letter}`)],
        panel.title,
      );
    }
  }
});
