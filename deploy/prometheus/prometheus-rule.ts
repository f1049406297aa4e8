/**
 * Builds the rules in the form for Prometheus' operator from the files that Prometheus itself reads.
 *
 *     npm run rules
 *     npm run rules -- https://git.example.org/memnet/blob/main     where your copy of this repository can be read
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const builtFile = new URL("prometheus-rule.yaml", import.meta.url);

export const ruleFiles = ["alerts", "recording", "slo"] as const;

/** @param guide the address that precedes the runbooks' paths; without one, alerts name the paths in this repository */
export function prometheusRules(guide?: string): string {
  const base = guide === undefined ? "" : `${guide.replace(/\/$/, "")}/`;
  return ruleFiles
    .map((name) => {
      const text = readFileSync(new URL(`rules/${name}.yml`, import.meta.url), "utf8");
      return `# Built from rules/${name}.yml by npm run rules.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: memnet-${name}
spec:
${text.replaceAll("runbook_url: ", `runbook_url: ${base}`).replaceAll(/^(?=.)/gm, "  ")}`;
    })
    .join("---\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(builtFile, prometheusRules(process.argv[2]));
}
