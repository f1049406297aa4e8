import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { skipWithout } from "@memnet/service/testing";
import { builtFile, prometheusRules, ruleFiles } from "./prometheus-rule.ts";

const folder = fileURLToPath(new URL(".", import.meta.url));
const skip = skipWithout("promtool");

function promtool(...args: string[]): void {
  const { status, stdout, stderr, error } = spawnSync("promtool", args, { cwd: folder, encoding: "utf8" });
  assert.equal(status, 0, `promtool ${args.join(" ")}: ${error ?? stdout + stderr}`);
}

test("Prometheus accepts prometheus.yml and the rules that it names", { skip }, () => {
  promtool("check", "config", "prometheus.yml");
  promtool("check", "rules", "--lint-fatal", ...ruleFiles.map((name) => `rules/${name}.yml`));
});

test("each alert fires when it should, and does not when it should not", { skip }, () => {
  promtool("test", "rules", "tests/alerts.yml");
});

test("service levels are 1 while all is well, and shares of what was well over time", { skip }, () => {
  promtool("test", "rules", "tests/slo.yml");
});

test("no rule adds up runs of two namespaces", () => {
  const texts = ruleFiles.map((name) => readFileSync(`${folder}/rules/${name}.yml`, "utf8"));
  const groups = texts.flatMap((text) =>
    [...text.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].map(([, labels]) => labels!),
  );
  assert.ok(groups.length > 20);
  for (const labels of groups) assert.match(labels, /^namespace\b/);
  assert.doesNotMatch(texts.join(""), /\b(sum|min|max|count|avg)\(/);
});

test("each alert has one case in which it fires and one in which it does not", () => {
  const named = [...readFileSync(`${folder}/rules/alerts.yml`, "utf8").matchAll(/- alert: (\w+)/g)];
  const checks = readFileSync(`${folder}/tests/alerts.yml`, "utf8").split("- eval_time:").slice(1);
  const of = (fires: boolean) =>
    new Set(
      checks
        .filter((check) => !check.includes("exp_alerts: []") === fires)
        .map((check) => /alertname: (\w+)/.exec(check)?.[1]),
    );
  const [firing, silent] = [of(true), of(false)];
  assert.ok(named.length > 0);
  for (const [, alert] of named) assert.ok(firing.has(alert) && silent.has(alert), alert);
});

test("the rules for Prometheus' operator are built from these", () => {
  assert.equal(readFileSync(builtFile, "utf8"), prometheusRules(), "build them again by npm run rules");
  const guide = "https://git.example.org/memnet/blob/main";
  const urls = prometheusRules(`${guide}/`).match(/runbook_url: .*/g) ?? [];
  assert.ok(urls.length > 0);
  for (const url of urls)
    assert.match(url, /^runbook_url: https:\/\/git\.example\.org\/memnet\/blob\/main\/docs\//);
});
