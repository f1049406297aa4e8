/** Builds the rules in the form for Prometheus' operator from the files that Prometheus itself reads: npm run rules. */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const builtFile = new URL("prometheus-rule.yaml", import.meta.url);

const files = ["alerts", "recording"];

export function prometheusRules(): string {
  return files
    .map((name) => {
      const text = readFileSync(new URL(`rules/${name}.yml`, import.meta.url), "utf8");
      return `# Built from rules/${name}.yml by npm run rules.
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: memnet-${name}
spec:
${text.replaceAll(/^(?=.)/gm, "  ")}`;
    })
    .join("---\n");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(builtFile, prometheusRules());
