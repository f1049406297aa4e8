/** The dashboards and their files. */

import type { Dashboard } from "@grafana/grafana-foundation-sdk/dashboard";
import { clusterBoard } from "./cluster-board.ts";
import { runBoard } from "./run-board.ts";
import { serviceBoard } from "./service-board.ts";

/** Where Grafana's provisioning finds them. */
export const folder = new URL("./dashboards/", import.meta.url);

export const boards: Readonly<Record<string, Dashboard>> = {
  "cluster.json": clusterBoard,
  "run.json": runBoard,
  "service.json": serviceBoard,
};

/** A dashboard as it is committed. */
export function textOf(dashboard: Dashboard): string {
  return `${JSON.stringify(dashboard, null, 1)}\n`;
}

/** Every query of a dashboard, and where it stands. */
export function queriesOf(dashboard: Dashboard): { readonly panel: string; readonly expr: string }[] {
  return (dashboard.panels ?? []).flatMap((panel) => {
    if (!("targets" in panel)) return [];
    return (panel.targets ?? []).map((target) => ({
      panel: `${dashboard.title}, ${panel.title}`,
      expr: String((target as { expr?: string }).expr),
    }));
  });
}
